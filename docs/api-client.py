"""All calls of a day and what they came to, by currency, exactly: API=http://127.0.0.1:8080/api/v1 KEY=paidcalls_... python3 docs/api-client.py 2026-03-02"""
import json, os, sys, urllib.error, urllib.parse, urllib.request
from collections import defaultdict
from decimal import Decimal

day, totals, cursor = sys.argv[1], defaultdict(Decimal), {}
while cursor is not None:
    query = {"from": day, "to": day + "T23:59:59.999999Z", "limit": 1000, **cursor}
    request = urllib.request.Request(os.environ["API"] + "/calls?" + urllib.parse.urlencode(query))
    request.add_header("Authorization", "Bearer " + os.environ["KEY"])
    try:
        page = json.load(urllib.request.urlopen(request))
    except urllib.error.HTTPError as error:
        sys.exit(json.load(error)["detail"])
    for call in page["items"]:
        if call["total"] is not None:
            totals[call["currency"]] += Decimal(call["total"])
    cursor = page["next"] and {"cursor": page["next"]}
for currency, total in totals.items():
    print(f"{currency} {total:.8f}")
