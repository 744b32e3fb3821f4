// The exchange a call was made on, as the stages read it together with the call.

import type { Prefix } from './dialling.ts'
import type { ExchangeFacts } from './digit-analysis.ts'

/** Columns of the call's source, and the rows of prefix that begin what was dialled. */
export interface Dialled extends ExchangeFacts {
  source_id: number | null
  dst: string
  /** Null when there are none. */
  prefixes: Prefix[] | null
}

/** Part of a select over `call` and `source`: what is known of the exchange. */
export const exchangeColumns = `call.source_id, call.dst, source.country, source.area_code, source.outside_line,
  source.extension_digits, source.billable_by`

/** Part of a from over `call`: what is compared, worked out once. */
export const writtenTexts = `cross join lateral (
  select dialled_digits(call.dst) as dialled, phone_digits(call.src) as src_digits,
    trunk_names(call.channel) as channel_names, trunk_names(call.dstchannel) as dstchannel_names
  offset 0
) written`

/** Part of a from over `call` and `written`: rows of prefix, here or everywhere, that begin what was dialled. */
export const prefixCandidates = `cross join lateral (
  select json_agg(row) as found from (
    select prefix.id, prefix.prefix, prefix.source_id, prefix.e164, prefix.kind,
      lower(prefix.digits) as digits_from, upper(prefix.digits) - 1 as digits_to
    from (select prefixes_of(written.dialled) as dialled offset 0) beginnings
    join prefix on prefix.prefix = any (beginnings.dialled) and (prefix.source_id is null or prefix.source_id = call.source_id)
  ) row
) prefixes`
