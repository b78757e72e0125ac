/**
 * A tenant's constitution: a short document for people, with rules that narrow the policy. Pure. It allows nothing by itself. The rules
 * become data for `policy/constitution.rego`.
 */
import canonicalize from 'canonicalize'
import { z } from 'zod'
import { textHash } from '../../lib/text-hash.ts'
import { Regex } from '../../regex/regex.ts'
import { BadPattern } from '../../regex/syntax.ts'
import type { RegoValue } from '../../rego/value.ts'
import { restrictableActions } from '../policy-actions.ts'

/** Largest constitution, in UTF-16 units of canonical JSON. */
export const maxConstitutionUnits = 65_536

/** Actions that earlier releases accepted, and that no Worker uses. A stored constitution may name them. */
const retiredActions: ReadonlySet<unknown> = new Set([
  'admin.keys.manage',
  'admin.limits.read',
  'admin.limits.update',
  'admin.profiles.read',
  'admin.profiles.update',
  'admin.secrets.read',
  'admin.secrets.update',
  'conversation.delete',
  'scheduler.task.create',
  'scheduler.task.delete',
  'scheduler.task.list',
  'scheduler.task.run',
  'scheduler.task.update',
  'session.create',
  'session.restore',
  'tool.catalog.read',
  'tool.catalog.update',
])

/** The action that carries each kind of text. */
const actionOfText = { message: 'conversation.send', memory: 'memory.write', tool: 'tool.execute' } as const

/** Actions that a Worker takes for a user. The principal has a role there, and no token. */
const delegatedActions: ReadonlySet<string> = new Set(['model.invoke', 'tool.execute', 'memory.write'])

const ruleFields = {
  article: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$/)
    .meta({ description: 'The name that a denied user sees' }),
  says: z.string().trim().min(1).max(300).meta({ description: 'The rule in words' }),
}
const names = z.array(z.string().min(1).max(200)).max(100)
const textSources = z
  .array(z.enum(['message', 'memory', 'tool']))
  .min(1)
  .meta({ description: 'Messages of users, stored memories, and arguments of tools' })
const pattern = z.string().min(1).max(500).refine(isPattern, { error: 'is not a valid RE2 pattern' }).meta({ description: 'RE2' })

/** One article. `kind` says which fields it has. */
export const Rule = z.discriminatedUnion('kind', [
  z
    .strictObject({ ...ruleFields, kind: z.enum(['tools', 'models']), forbid: names.min(1).optional(), only: names.optional() })
    .refine(({ forbid, only }) => (forbid === undefined) !== (only === undefined), { error: 'needs exactly one of `forbid` and `only`' }),
  z
    .strictObject({
      ...ruleFields,
      kind: z.literal('actions'),
      actions: z.array(z.enum(restrictableActions)).min(1).max(100),
      except: z
        .strictObject({ roles: z.array(z.enum(['viewer', 'member', 'admin', 'owner', 'service'])), scopes: names })
        .partial()
        .optional()
        .meta({
          description:
            'Exceptions: principals with one of these roles or scopes. An owner counts as an admin. Without it, the actions are forbidden for all',
        }),
    })
    .refine(({ actions, except }) => !except?.scopes?.length || !actions.some((action) => delegatedActions.has(action)), {
      path: ['except', 'scopes'],
      error: "turns act with their user's roles and have no scopes: name roles instead",
    }),
  z.strictObject({ ...ruleFields, kind: z.literal('texts'), in: textSources, patterns: z.array(pattern).min(1).max(20) }),
  z.strictObject({ ...ruleFields, kind: z.literal('sizes'), in: textSources, max_characters: z.int().min(0).max(1_000_000) }),
])
export type Rule = z.infer<typeof Rule>

/** A constitution as its uploader writes it. */
export const Constitution = z.strictObject({
  name: z.string().trim().min(1).max(100),
  version: z.int().min(1).meta({ description: 'Must be higher than every version loaded before' }),
  principles: z
    .array(z.string().trim().min(1).max(1_000))
    .max(50)
    .meta({ description: 'Principles for people, without effect on decisions' }),
  rules: z.array(Rule).max(100).superRefine(checkUniqueArticles),
  tests: z
    .array(z.strictObject({ name: z.string().max(200).optional(), input: z.unknown(), allow: z.boolean() }))
    .max(500)
    .meta({ description: 'Policy inputs, each with whether the articles allow it. Each rule needs a test that it denies' }),
})
export type Constitution = z.infer<typeof Constitution>

/** Which constitution decided, for the audit trail. */
export interface ConstitutionStamp {
  readonly version: number
  /** SHA-256 of its canonical JSON (RFC 8785), in hex. */
  readonly checksum: string
}

/** A constitution that is ready for evaluation. */
export interface LoadedConstitution {
  readonly stamp: ConstitutionStamp
  readonly document: Constitution
  /** The data of `constitution.rego`. */
  readonly data: RegoValue
  /** Actions with a text that the constitution reads. */
  readonly reads: ReadonlySet<string>
}

/** The canonical JSON that is hashed, signed and stored. Undefined where none exists, as for a lone surrogate. */
export function canonicalText(document: unknown): string | undefined {
  try {
    return canonicalize(document)
  } catch {
    return undefined
  }
}

/** Derives the policy data from a parsed document. `text` is its canonical JSON. */
export function compileConstitution(document: Constitution, text: string): LoadedConstitution {
  const rules: Record<string, object[]> = {}
  const reads = new Set<string>()
  for (const rule of document.rules)
    for (const action of actionsOf(rule)) {
      const { article, says } = rule
      rules[action] = [...(rules[action] ?? []), { article, says, ...restrictionOf(rule) }]
      if (rule.kind === 'texts' || rule.kind === 'sizes') reads.add(action)
    }
  const stamp = { version: document.version, checksum: textHash(text) }
  return { stamp, document, data: { constitution: { rules } } as unknown as RegoValue, reads }
}

/** Loads a constitution that was accepted before; null: this code cannot use it. */
export function loadConstitution(text: string): LoadedConstitution | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = Constitution.safeParse(withoutRetired(json))
  return parsed.success ? compileConstitution(parsed.data, text) : null
}

/** A stored document without retired actions, so that its other rules still bind. */
function withoutRetired(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !('rules' in json) || !Array.isArray(json.rules)) return json
  const rules = json.rules.flatMap((rule: unknown) => {
    if (typeof rule !== 'object' || rule === null || !('actions' in rule) || !Array.isArray(rule.actions)) return [rule]
    const actions = rule.actions.filter((action) => !retiredActions.has(action))
    return actions.length === 0 && rule.actions.length > 0 ? [] : [{ ...rule, actions }]
  })
  return { ...json, rules }
}

/** The reason of a denial by an article. */
export const articleText = (article: string, says: string): string => `article ${article}: ${says}`

/** The actions that the rule restricts. */
export function actionsOf(rule: Rule): readonly string[] {
  switch (rule.kind) {
    case 'tools':
      return ['tool.execute']
    case 'models':
      return ['model.invoke']
    case 'actions':
      return [...new Set(rule.actions)]
    case 'texts':
    case 'sizes':
      return [...new Set(rule.in)].map((source) => actionOfText[source])
  }
}

function restrictionOf(rule: Rule): object {
  switch (rule.kind) {
    case 'tools':
    case 'models':
      return rule.forbid === undefined ? { only: rule.only } : { forbid: rule.forbid }
    case 'actions':
      return { except: { roles: rule.except?.roles ?? [], scopes: rule.except?.scopes ?? [] } }
    case 'texts':
      return { patterns: rule.patterns }
    case 'sizes':
      return { max_characters: rule.max_characters }
  }
}

function isPattern(source: string): boolean {
  try {
    new Regex(source)
    return true
  } catch (fault) {
    if (fault instanceof BadPattern) return false
    throw fault
  }
}

function checkUniqueArticles(rules: readonly { readonly article: string }[], context: z.core.$RefinementCtx): void {
  const seen = new Set<string>()
  for (const [index, { article }] of rules.entries()) {
    if (seen.has(article)) context.addIssue({ code: 'custom', path: [index, 'article'], message: `the article ${article} exists twice` })
    seen.add(article)
  }
}
