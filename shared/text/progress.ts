// How far a file has been read: a bar on a terminal, a line now and then anywhere else. On standard error, apart from results.

import { SingleBar } from 'cli-progress'

const lineMs = 5_000

export interface Progress {
  add: (more: number) => void
  stop: () => void
}

/** `total` in bytes, or whatever is added. */
export function showProgress(what: string, total: number): Progress {
  return process.stderr.isTTY ? bar(what, total) : lines(what, total)
}

function bar(what: string, total: number): Progress {
  const shown = new SingleBar({
    format: `${what} {bar} {percentage} %`,
    barsize: 40,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '█',
    barIncompleteChar: '░',
  })
  shown.start(total, 0)
  return {
    add: (more) => {
      shown.increment(more)
    },
    stop: () => {
      shown.stop()
    },
  }
}

function lines(what: string, total: number): Progress {
  let done = 0
  let saidAt = Date.now()
  return {
    add(more) {
      done += more
      if (Date.now() - saidAt < lineMs) return
      saidAt = Date.now()
      process.stderr.write(`${what}: ${Math.min(100, Math.floor((done * 100) / Math.max(total, 1)))} %\n`)
    },
    stop: () => undefined,
  }
}
