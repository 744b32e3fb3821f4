// Statements that are being made: a month of many clients takes longer than a page waits.

import { Complaint } from '../../errors/complaint.ts'
import { sentenceFor } from '../../errors/sentence.ts'
import { madeInWords, makeStatements } from '../../statements/run.ts'
import { grouped } from '../../text/number.ts'
import type { People } from '../../web/people.ts'
import type { Person } from '../../web/person.ts'

const waitedMs = 5_000

export interface Asked {
  /** Its first day. */
  month: string
  client: number | null
  draft: boolean
  withWaiting: boolean
}

export interface Runs {
  /** How far what this person began has come, or what became of it; undefined when he began nothing. */
  of: (person: string) => string | undefined
  /** Begins, and waits a little; throws a Complaint when nothing could be made. */
  begin: (person: Person, asked: Asked) => Promise<string>
}

/** What is told of options at the prompt, told of the form. */
const atPage = (text: string): string =>
  text
    .replace('say --with-waiting', 'choose that they come next month')
    .replace('--draft shows', 'a draft shows')

/** The runs of this process. Another process, or one that ended, knows nothing of them; what was made is there. */
export function createRuns(people: People): Runs {
  const said = new Map<string, string>()
  const working = new Set<string>()

  async function run(person: Person, asked: Asked): Promise<string> {
    let [all, done] = [0, 0]
    return people
      .alone(person, async (db) => {
        const made = await makeStatements(db, {
          ...asked,
          begin: (count) => {
            all = count
          },
          step: () => {
            said.set(
              person.name,
              `${grouped(++done)} of ${grouped(all)} are made; load the page again to see how far it is.`,
            )
          },
          made: () => Promise.resolve(),
        })
        const { failed } = made
        return [
          `${madeInWords(made, asked.draft).join('; ')}.`,
          ...(failed.length > 0 ? [`${failed.length} could not be made:`, ...failed.slice(0, 50)] : []),
        ]
          .map(atPage)
          .join('\n')
      })
      .catch((error: unknown) => {
        throw error instanceof Complaint ? new Complaint(atPage(error.message)) : error
      })
  }

  return {
    of: (person) => said.get(person),
    async begin(person, asked) {
      if (working.has(person.name)) throw new Complaint('Statements of yours are being made already.')
      working.add(person.name)
      said.set(person.name, 'Calls are gathered.')
      const finished = run(person, asked)
        .finally(() => {
          working.delete(person.name)
        })
        .then(
          (text) => {
            said.delete(person.name)
            return text
          },
          (error: unknown) => {
            said.set(person.name, sentenceFor(error))
            throw error
          },
        )
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, waitedMs, undefined).unref())
      const soon = await Promise.race([finished, late])
      if (soon !== undefined) return soon
      void finished.then(
        (text) => said.set(person.name, text),
        () => undefined,
      )
      return 'It goes on while you look at other things.'
    },
  }
}
