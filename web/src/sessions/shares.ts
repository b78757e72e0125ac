/** With whom a conversation is shared, as the tuples of the API say it. */
import { createTransport } from '../../../shared/client/transport.ts'
import { idOf, nameOf } from '../../../shared/relations/name.ts'
import { csrf } from '../state/api.ts'

const transport = createTransport({ baseUrl: '', csrf })

/** What somebody may do with a conversation that is shared with them; `blocked`: nothing, whatever else says. */
export type Level = 'viewer' | 'member' | 'admin' | 'blocked'

export interface Share {
  /** The user's or group's name in tuples. */
  readonly user: string
  /** How to call them. */
  readonly label: string
  readonly isGroup: boolean
  readonly level: Level
}

interface Tuple {
  readonly object: string
  readonly relation: string
  readonly user: string
}

const levels: readonly string[] = ['viewer', 'member', 'admin', 'blocked']
const objectOf = (sessionId: string): string => nameOf('session', sessionId) ?? ''

export async function listShares(sessionId: string): Promise<readonly Share[]> {
  const shares: Share[] = []
  for (let after: string | undefined, more = true; more; ) {
    const page: { tuples: Tuple[]; next: string | null } = await (
      await transport('GET', '/v1/relations', { query: { object: objectOf(sessionId), after } })
    ).json()
    for (const { user, relation } of page.tuples) if (levels.includes(relation)) shares.push(shareOf(user, relation as Level))
    after = page.next ?? undefined
    more = page.next !== null
  }
  return shares.sort((one, other) => one.label.localeCompare(other.label))
}

function shareOf(user: string, level: Level): Share {
  const [name = '', relation] = user.split('#')
  const group = relation === undefined ? null : idOf('group', name)
  return { user, level, label: group ?? idOf('user', name) ?? user, isGroup: group !== null }
}

const change = async (writes: readonly Tuple[], deletes: readonly Tuple[]): Promise<void> =>
  void (await transport('POST', '/v1/relations', { body: { writes, deletes } }))

/** Shares with `subject`, by the name that the identity provider gives them; with somebody it is shared with already, otherwise. */
export async function share(sessionId: string, subject: string, level: Level, before: readonly Share[]): Promise<void> {
  const user = nameOf('user', subject)
  if (user === null) throw new Error('a subject has a name')
  await setLevel(sessionId, user, level, before)
}

export async function setLevel(sessionId: string, user: string, level: Level, before: readonly Share[]): Promise<void> {
  const object = objectOf(sessionId)
  const old = before.filter((one) => one.user === user && one.level !== level).map((one) => ({ object, relation: one.level, user }))
  const known = before.some((one) => one.user === user && one.level === level)
  if (!known || old.length > 0) await change(known ? [] : [{ object, relation: level, user }], old)
}

export const unshare = (sessionId: string, { user, level }: Share): Promise<void> =>
  change([], [{ object: objectOf(sessionId), relation: level, user }])
