/**
 * PrecisionMemBench: 77 questions and the facts that each must recall, no more and no less. A fact of the wrong scope, or one that is replaced,
 * is an error. Pinned facts, open questions and the prelude follow from fields of the data, so only the relevant facts are measured.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { FactIndex } from '../shared/memory/ranking/named.ts'

const Beliefs = z.array(
  z.object({
    _id: z.string(),
    user_id: z.string(),
    type: z.string(),
    canonical_name: z.string(),
    aliases: z.array(z.string()),
    content: z.string(),
    scope: z.array(z.string()),
    epistemic_status: z.string(),
    pinned: z.boolean(),
    resolved_at: z.string().nullable(),
  }),
)
const Cases = z.array(
  z.object({
    caseId: z.string(),
    userId: z.string().default('test-user'),
    scope: z.array(z.string()),
    query: z.string(),
    budget: z.object({ maxBeliefs: z.int().optional() }).optional(),
    expect: z.object({
      relevantBeliefs: z
        .object({ shouldOnlyInclude: z.array(z.string()).optional(), mustExclude: z.array(z.string()).optional() })
        .optional(),
    }),
  }),
)

const universal = 'user:universal'

/** The table of wrong cases, and their number. Null: the data is absent. */
export function factQuality(folder: string): string | null {
  const files = ['beliefs.seed.json', 'retrieval.cases.json'].map((name) => join(folder, 'precision-mem-bench', name))
  const [seed = '', questions = ''] = files
  if (!files.every((file) => existsSync(file))) return null
  const beliefs = Beliefs.parse(JSON.parse(readFileSync(seed, 'utf8')))
  const cases = Cases.parse(JSON.parse(readFileSync(questions, 'utf8')))
  let foreign = 0
  const wrong = cases.flatMap(({ caseId, userId, scope, query, budget, expect }) => {
    // A namespace holds what is current of one user and scope.
    const current = beliefs.filter(
      (each) =>
        each.user_id === userId &&
        each.epistemic_status !== 'superseded' &&
        each.resolved_at === null &&
        !each.scope.includes(universal) &&
        each.scope.some((name) => scope.includes(name)),
    )
    const pinned = current.filter((each) => each.pinned)
    const facts = current.filter((each) => !each.pinned && each.type !== 'open_question')
    const names = facts.map(({ canonical_name, aliases, content }) => ({
      names: [canonical_name.replaceAll('_', ' '), ...aliases],
      text: content,
    }))
    const room = Math.max(0, (budget?.maxBeliefs ?? facts.length + pinned.length) - pinned.length)
    const found = new FactIndex(names).find(query).flatMap((at) => facts[at] ?? [])
    const ids = new Set(found.slice(0, room).map(({ _id }) => _id))
    foreign += found.filter(({ user_id }) => user_id !== userId).length
    const { shouldOnlyInclude, mustExclude = [] } = expect.relevantBeliefs ?? {}
    const extra = [...ids].filter((id) => (shouldOnlyInclude ? !shouldOnlyInclude.includes(id) : mustExclude.includes(id)))
    const missing = (shouldOnlyInclude ?? []).filter((id) => !ids.has(id))
    return extra.length + missing.length === 0 ? [] : [`| ${caseId} | ${extra.join(', ')} | ${missing.join(', ')} |`]
  })
  return [
    `PrecisionMemBench: exactly the relevant facts for ${cases.length - wrong.length} of ${cases.length} questions. Facts of other users: ${foreign}.`,
    '',
    '| question | recalled, but not expected | expected, but not recalled |',
    '| --- | --- | --- |',
    ...wrong,
  ].join('\n')
}
