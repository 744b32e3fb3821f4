// Which of the columns of an unknown table or file may be which of a format's, by the words that makers use for them.

import type { Format } from './format.ts'

// Names without signs and spaces, in small letters; the first that is there counts. Of Cisco, Avaya, 3CX, Grandstream, Mitel, Siemens,
// MOR, PortaBilling and softswitches, as their manuals have them.
const words: readonly (readonly [column: RegExp, names: readonly string[]])[] = [
  [
    /^(calldate|start|start_stamp|starting_date|call_start_time|start_time)$/,
    [
      ...[
        'calldate',
        'calldatetime',
        'starttime',
        'callstart',
        'callstarttime',
        'begintime',
        'begin',
        'start',
        'startdate',
        'setuptime',
      ],
      ...[
        'connecttime',
        'datetimeorigination',
        'timestart',
        'datetime',
        'timestamp',
        'date',
        'time',
        'callbegin',
        'initiated',
      ],
    ],
  ],
  [
    /^(src|caller_id_number|src_user)$/,
    [
      ...[
        'caller',
        'callernumber',
        'callerid',
        'callingnumber',
        'callingpartynumber',
        'calling',
        'from',
        'fromno',
        'fromnumber',
        'anumber',
      ],
      ...[
        'cli',
        'ani',
        'clid',
        'source',
        'sourcenumber',
        'src',
        'srcnumber',
        'origin',
        'originator',
        'partyano',
        'extension',
      ],
    ],
  ],
  [
    /^(dst|destination_number|dst_user)$/,
    [
      ...[
        'finalcalledpartynumber',
        'callednumber',
        'callee',
        'calleenumber',
        'called',
        'calledpartynumber',
        'dialednumber',
        'diallednumber',
      ],
      ...[
        'dialedno',
        'dialed',
        'dialled',
        'bnumber',
        'to',
        'tono',
        'tonumber',
        'destination',
        'destinationnumber',
        'dst',
        'dstnumber',
        'dnis',
        'cld',
      ],
    ],
  ],
  [
    /^(billsec|duration)$/,
    [
      ...[
        'billsec',
        'billseconds',
        'talktime',
        'talkseconds',
        'talkduration',
        'talk',
        'billableseconds',
        'billedduration',
        'chargedseconds',
        'answeredseconds',
      ],
      ...[
        'conversationtime',
        'connectedtime',
        'callduration',
        'durationsec',
        'durationseconds',
        'duration',
        'length',
        'seconds',
      ],
    ],
  ],
  [
    /^(dstchannel|sip_gateway_name|channel)$/,
    [
      ...[
        'dsttrunk',
        'dstchannel',
        'outtrunk',
        'outboundtrunk',
        'egress',
        'egresstrunk',
        'outgoingtrunk',
        'destdevicename',
        'destdevice',
        'trunk',
        'trunkname',
      ],
      ...[
        'gateway',
        'provider',
        'carrier',
        'vendor',
        'termtrunk',
        'terminator',
        'dstgateway',
        'destinationtrunk',
        'dsttrunkname',
        'route',
      ],
    ],
  ],
]

/** A source.mapping as JSON, for what the format wants and the columns do not have by its names; undefined when nothing is recognised. */
export function proposedMapping(columns: readonly string[], format: Format): string | undefined {
  const there = new Set(columns.map((column) => column.toLowerCase()))
  const asked = [...format.wants.map(({ columns: any }) => any), callerColumns]
  const proposed = asked.flatMap((any) => {
    if (any.some((column) => there.has(column))) return []
    const [column, names] =
      any.flatMap((one) =>
        words.filter(([known]) => known.test(one)).map(([, spelt]) => [one, spelt] as const),
      )[0] ?? []
    const found = names
      ?.map((name) => columns.find((one) => bare(one) === name))
      .find((one) => one !== undefined)
    return column === undefined || found === undefined ? [] : [[column, found.toLowerCase()] as const]
  })
  return proposed.length === 0 ? undefined : JSON.stringify(Object.fromEntries(proposed))
}

// No price needs it, but somebody must be charged.
const callerColumns = ['src', 'source', 'caller_id_number', 'src_user', 'cnum']

function bare(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}
