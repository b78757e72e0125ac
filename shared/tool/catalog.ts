/** The tool catalog of a workspace: what an admin changes about each tool. Pure. */
import { z } from 'zod'
import { Role } from '../identity/role.ts'
import { Scope } from '../identity/scope.ts'
import { Subject } from '../ids.ts'
import { ApprovalRule } from './approval-rule.ts'
import { resultUnits } from './executor.ts'
import type { ToolDeclaration } from './tool.ts'

/** The bounds of a catalog. Lengths are in UTF-16 units. */
export const catalogLimits = {
  /** Entries of one workspace. */
  entries: 2_000,
  nameUnits: 128,
  descriptionUnits: 1_000,
  /** Fixed arguments of one tool, as JSON. */
  paramsUnits: 4_096,
  /** All entries together, as JSON. */
  units: 1_000_000,
  /** Arguments of a call that a client requests, as JSON. */
  requestUnits: 30_000,
  timeoutMs: 600_000,
  scopes: 16,
  subjects: 200,
} as const

/** The name of a tool. Tools of an MCP server have its prefix. */
export const ToolName = z
  .string()
  .max(catalogLimits.nameUnits)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, 'must be letters, digits, "_", "-" or "."')

/** What an admin sets for one tool. Null: as the tool declares it. */
export const CatalogEntry = z.strictObject({
  enabled: z.boolean().default(true).meta({ description: '`false`: no model is offered the tool, and each call is denied' }),
  description: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(catalogLimits.descriptionUnits)
    .nullable()
    .default(null)
    .meta({ description: 'What models are told about the tool. Null: its own description' }),
  params: z
    .record(z.string().max(64), z.unknown())
    .refine((params) => JSON.stringify(params).length <= catalogLimits.paramsUnits, {
      error: `must have at most ${catalogLimits.paramsUnits} UTF-16 units as JSON`,
    })
    .default({})
    .meta({ description: 'Fixed arguments. Each call has them, and models neither see nor set them' }),
  approval: ApprovalRule.nullable().default(null),
  scopes: z
    .array(Scope)
    .max(catalogLimits.scopes)
    .nullable()
    .default(null)
    .meta({ description: 'The scopes that the requester must have. Null: those that the tool declares' }),
  limits: z
    .strictObject({
      timeout_ms: z.int().min(100).max(catalogLimits.timeoutMs).nullable().default(null),
      output_units: z.int().min(100).max(resultUnits).nullable().default(null),
    })
    .prefault({})
    .meta({ description: 'Longest run in milliseconds, and longest result in UTF-16 units. Null: as the tool declares it' }),
  allowed: z
    .strictObject({ roles: z.array(Role).max(4).default([]), subjects: z.array(Subject).max(catalogLimits.subjects).default([]) })
    .nullable()
    .default(null)
    .meta({ description: 'Who may use the tool: the users with one of the roles, and the subjects. Null: every user' }),
})
export type CatalogEntry = z.infer<typeof CatalogEntry>

/** A stored entry. Each change increments `version`. */
export interface StoredEntry {
  readonly name: string
  readonly version: number
  /** Unix ms. */
  readonly updated_at: number
  readonly updated_by: string
  readonly entry: CatalogEntry
}

/** The entries of a workspace, and the number of their changes. A tool without an entry is enabled, as declared. */
export interface Catalog {
  readonly version: number
  readonly entries: readonly StoredEntry[]
}

/** A tool as a workspace has it: its declaration with the changes of the entry. */
export interface CatalogTool extends ToolDeclaration {
  readonly enabled: boolean
  readonly allowed: CatalogEntry['allowed']
  /** Fixed arguments. */
  readonly params: CatalogEntry['params']
  /** The version of the entry. 0: none. */
  readonly version: number
}

/** The tool as the workspace has it. */
export function catalogTool(declared: ToolDeclaration, stored: StoredEntry | undefined): CatalogTool {
  const { name, effect, checks } = declared
  const entry = stored?.entry
  const params = entry?.params ?? {}
  return {
    name,
    effect,
    description: entry?.description ?? declared.description,
    parameters: withoutParameters(declared.parameters, Object.keys(params)),
    timeout_ms: entry?.limits.timeout_ms ?? declared.timeout_ms,
    output_units: entry?.limits.output_units ?? declared.output_units,
    scopes: entry?.scopes ?? declared.scopes,
    approval: entry?.approval ?? declared.approval,
    enabled: entry?.enabled ?? true,
    allowed: entry?.allowed ?? null,
    params,
    ...(checks && { checks }),
    version: stored?.version ?? 0,
  }
}

/** Who requests a call. `role`: what they act as. */
export interface ToolUser {
  readonly subject: string
  readonly role: Role | null
}

/** Why the catalog denies a call, as reasons of a denial. Empty: it does not. */
export function catalogRefusals({ enabled, allowed }: Pick<CatalogTool, 'enabled' | 'allowed'>, { subject, role }: ToolUser): string[] {
  if (!enabled) return ['tool_disabled']
  return isAllowedTo({ allowed }, subject, role) ? [] : ['tool_not_allowed']
}

/** The tools as the workspace has them. */
export function catalogTools(declared: readonly ToolDeclaration[], { entries }: Catalog): CatalogTool[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  return declared.map((tool) => catalogTool(tool, byName.get(tool.name)))
}

/** Whether a user may use the tool. `role`: what the requester acts as. */
export const isAllowedTo = ({ allowed }: Pick<CatalogTool, 'allowed'>, subject: string, role: Role | null): boolean =>
  allowed === null || allowed.subjects.some((id) => id === subject) || (role !== null && allowed.roles.includes(role))

/** The arguments of a call with the fixed ones. `args`: a JSON object as text. */
export function withFixedArguments(args: string, { params }: Pick<CatalogTool, 'params'>): string {
  if (Object.keys(params).length === 0) return args
  return JSON.stringify({ ...JSON.parse(args.trim() || '{}'), ...params })
}

/** The JSON Schema without the parameters `names`. */
function withoutParameters(schema: ToolDeclaration['parameters'], names: readonly string[]): ToolDeclaration['parameters'] {
  if (names.length === 0) return schema
  const { properties, required, ...rest } = schema as { properties?: Record<string, unknown>; required?: string[] }
  const isLeft = (name: string) => !names.includes(name)
  return {
    ...rest,
    ...(properties && { properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isLeft(name))) }),
    ...(required && { required: required.filter(isLeft) }),
  }
}
