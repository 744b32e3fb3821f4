/** A mistake its reader can mend: shown as one sentence, without a stack trace. */
export class Complaint extends Error {}
