// Files named by CDR_URL.

import { Complaint } from '../../errors/complaint.ts'

/** The path in csv:///path/Master.csv. Throws a Complaint when a slash is missing and the path became a host. */
export function pathIn(url: URL): string {
  const path = decodeURIComponent(url.pathname)
  if (url.host !== '' || path.length < 2) {
    throw new Complaint(
      `CDR_URL names no file: write ${url.protocol}///path/to/file, with three slashes and the whole path.`,
    )
  }
  return path
}
