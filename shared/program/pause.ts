/** Whether the signal has aborted by now; the compiler takes a signal once asked to stay as it was. */
export function stopped(signal: AbortSignal): boolean {
  return signal.aborted
}

/** Waits so many milliseconds, or less when the signal aborts first. */
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    stop.addEventListener('abort', done)
  })
}
