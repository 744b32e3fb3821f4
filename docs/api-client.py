"""All calls of a day and what they came to, by currency, exactly: API=http://127.0.0.1:8080/api/v1 KEY=paidcalls_... python3 docs/api-client.py 2026-03-02"""
import json, os, sys
from collections import defaultdict
from decimal import Decimal
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

day, totals = sys.argv[1], defaultdict(Decimal)
query = {"from": day, "to": day + "T23:59:59.999999Z", "limit": 1000}
while True:
    request = Request(os.environ["API"] + "/calls?" + urlencode(query), headers={"Authorization": "Bearer " + os.environ["KEY"]})
    try:
        page = json.load(urlopen(request))
    except HTTPError as error:
        sys.exit(json.load(error)["detail"])
    for call in page["items"]:
        if call["total"] is not None:
            totals[call["currency"]] += Decimal(call["total"])
    if page["next"] is None:
        break
    query["cursor"] = page["next"]
for currency, total in totals.items():
    print(f"{currency} {total:.8f}")
