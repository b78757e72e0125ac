/** `soma sessions`: lists, shows, renames and deletes conversations. */
import type { Client } from '../../shared/client/client.ts'
import { type CliIo, type ExitCode, exitCodes, plain } from './io.ts'

/** Runs the command in `args`. Null: there is none. */
export async function sessions(
  client: Client,
  io: CliIo,
  [verb, id, ...rest]: readonly string[],
  { limit, json }: { readonly limit: number; readonly json: boolean },
): Promise<ExitCode | null> {
  const print = (value: unknown, text: string) => io.out(json ? `${JSON.stringify(value)}\n` : text)
  if (verb === undefined) {
    const page = await client.listSessions({ limit })
    const line = ({ session_id, title }: (typeof page.sessions)[number]) => `${session_id}  ${plain(title)}\n`
    print(page, page.sessions.map(line).join(''))
    return exitCodes.done
  }
  if (id === undefined) return null
  if (verb === 'show' && rest.length === 0) {
    const history = await client.history(id)
    const items = history.turns.flatMap(({ items }) => items)
    print(history, items.map((item) => `${item.role}: ${plain(item.text)}\n`).join(''))
    return exitCodes.done
  }
  if (verb === 'rename' && rest.length > 0) {
    const session = await client.renameSession(id, rest.join(' '))
    print(session, `${session.session_id}  ${plain(session.title)}\n`)
    return exitCodes.done
  }
  if (verb === 'delete' && rest.length === 0) {
    await client.trashSession(id)
    print({ session_id: id, deleted: true }, `${id} is deleted. It can be restored for 30 days.\n`)
    return exitCodes.done
  }
  return null
}
