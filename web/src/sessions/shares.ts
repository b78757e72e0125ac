/** Reads and changes who has access to a conversation, as relation tuples. */
import type { RelationTuple, TupleList } from '../../../shared/api/relations.ts'
import { idOf, nameOf } from '../../../shared/relations/name.ts'
import { transport } from '../state/transport.ts'

/** Access to a shared conversation. `blocked` overrides every other relation. */
export type Level = 'viewer' | 'member' | 'admin' | 'blocked'

export interface Share {
  /** The user or group as tuples name it, such as `user:ada`. */
  readonly user: string
  /** The name on the screen. */
  readonly label: string
  readonly isGroup: boolean
  readonly level: Level
}

const levels: readonly string[] = ['viewer', 'member', 'admin', 'blocked']
const objectOf = (sessionId: string): string => nameOf('session', sessionId) ?? ''

export async function listShares(sessionId: string): Promise<readonly Share[]> {
  const shares: Share[] = []
  for (let after: string | undefined, more = true; more; ) {
    const page: TupleList = await (await transport('GET', '/v1/relations', { query: { object: objectOf(sessionId), after } })).json()
    for (const { user, relation } of page.tuples) if (levels.includes(relation)) shares.push(shareOf(user, relation as Level))
    after = page.next ?? undefined
    more = page.next !== null
  }
  return shares.sort((a, b) => a.label.localeCompare(b.label))
}

function shareOf(user: string, level: Level): Share {
  const [name = '', relation] = user.split('#')
  const group = relation === undefined ? null : idOf('group', name)
  return { user, level, label: group ?? idOf('user', name) ?? user, isGroup: group !== null }
}

const change = async (writes: readonly RelationTuple[], deletes: readonly RelationTuple[]): Promise<void> =>
  void (await transport('POST', '/v1/relations', { body: { writes, deletes } }))

/** Gives `subject` access, or changes the level of a subject that has access. */
export async function share(sessionId: string, subject: string, level: Level, current: readonly Share[]): Promise<void> {
  const user = nameOf('user', subject)
  if (user === null) throw new Error('a subject has a name')
  await setLevel(sessionId, user, level, current)
}

export async function setLevel(sessionId: string, user: string, level: Level, current: readonly Share[]): Promise<void> {
  const object = objectOf(sessionId)
  const replaced = current
    .filter((entry) => entry.user === user && entry.level !== level)
    .map((entry) => ({ object, relation: entry.level, user }))
  const exists = current.some((entry) => entry.user === user && entry.level === level)
  if (!exists || replaced.length > 0) await change(exists ? [] : [{ object, relation: level, user }], replaced)
}

export const unshare = (sessionId: string, { user, level }: Share): Promise<void> =>
  change([], [{ object: objectOf(sessionId), relation: level, user }])
