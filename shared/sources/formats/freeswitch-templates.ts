// The lines of mod_cdr_csv: which columns the templates of its configuration write.

const parties = ['caller_id_name', 'caller_id_number', 'destination_number', 'context']
const times = ['start_stamp', 'answer_stamp', 'end_stamp', 'duration', 'billsec']
const legs = ['uuid', 'bleg_uuid', 'accountcode']
const codecs = ['read_codec', 'write_codec']
const usual = [...parties, ...times, 'hangup_cause', ...legs]

// By their names in cdr_csv.conf.xml; sql differs from default only in what stands around the values.
const templates: readonly (readonly string[])[] = [
  // default, sql
  usual,
  // What CDR-Stats tells its users to write.
  [...parties, ...times, 'hangup_cause', 'hangup_cause_q850', ...legs],
  // example
  [...usual, ...codecs],
  // What mod_cdr_pg_csv puts into a file while its database is away.
  ['local_ip_v4', ...usual, ...codecs],
  // linksys
  [...usual, ...codecs, 'sip_user_agent', 'sip_p_rtp_stat'],
  // asterisk
  [
    'accountcode',
    'caller_id_number',
    'destination_number',
    'context',
    'caller_id',
    'channel_name',
    'bridge_channel',
    'last_app',
    'last_arg',
    ...times,
    'hangup_cause',
    'amaflags',
    'uuid',
    'userfield',
  ],
  // snom
  [
    ...usual,
    ...codecs,
    'sip_user_agent',
    'call_clientcode',
    'sip_rtp_rxstat',
    'sip_rtp_txstat',
    'sofia_record_file',
  ],
]

export const columnsExpected = '13, 14, 15, 16, 17, 18 or 20 columns of a template of cdr_csv.conf.xml'

/** No two templates have as many columns and the moment the call began in the same place. */
export function columnsOf(fields: readonly string[]): readonly string[] | undefined {
  return templates.find(
    (columns) =>
      columns.length === fields.length && /^\s*\d{4}-/.test(fields[columns.indexOf('start_stamp')] ?? ''),
  )
}

/** The values of a line of the template sql, INSERT INTO cdr VALUES ("…","…"); any other line as it is. */
export function valuesIn(line: string): string {
  return /^insert into \S+ values \((.*)\);?\s*$/i.exec(line)?.[1] ?? line
}
