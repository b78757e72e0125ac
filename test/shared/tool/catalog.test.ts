import { describe, expect, it } from 'vitest'
import { approvalRules, strictestRule } from '../../../shared/tool/approval-rule.ts'
import { CatalogEntry, catalogTool, isAllowedTo, type StoredEntry, withFixedArguments } from '../../../shared/tool/catalog.ts'
import type { ToolDeclaration } from '../../../shared/tool/tool.ts'

const declared: ToolDeclaration = {
  name: 'fetch',
  description: 'Fetches a page.',
  parameters: {
    type: 'object',
    properties: { url: { type: 'string' }, timeout: { type: 'number' } },
    required: ['url', 'timeout'],
    additionalProperties: false,
  },
  effect: 'idempotent',
  timeout_ms: 30_000,
  output_units: 65_536,
  scopes: ['net'],
  approval: 'never',
}

const stored = (entry: unknown, version = 3): StoredEntry => ({
  name: 'fetch',
  version,
  updated_at: 1,
  updated_by: 'ada',
  entry: CatalogEntry.parse(entry),
})

describe('A catalog', () => {
  it('has a tool without an entry enabled, as declared, for everybody', () => {
    expect(catalogTool(declared, undefined)).toEqual({ ...declared, enabled: true, allowed: null, params: {}, version: 0 })
  })

  it('changes nothing by an empty entry', () => {
    expect(catalogTool(declared, stored({}))).toEqual({ ...catalogTool(declared, undefined), version: 3 })
  })

  it('changes what an entry sets, and nothing else', () => {
    const entry = {
      enabled: false,
      description: 'Reads our pages.',
      approval: 'always',
      scopes: [],
      limits: { timeout_ms: 1_000, output_units: 500 },
      allowed: { roles: ['admin'] },
    }
    expect(catalogTool(declared, stored(entry))).toEqual({
      ...declared,
      enabled: false,
      description: 'Reads our pages.',
      approval: 'always',
      scopes: [],
      timeout_ms: 1_000,
      output_units: 500,
      allowed: { roles: ['admin'], subjects: [] },
      params: {},
      version: 3,
    })
  })

  it('takes fixed arguments from the schema, and puts them into each call', () => {
    const tool = catalogTool(declared, stored({ params: { timeout: 5 } }))
    expect(tool.parameters).toEqual({
      type: 'object',
      properties: { url: { type: 'string' } },
      required: ['url'],
      additionalProperties: false,
    })
    expect(JSON.parse(withFixedArguments('{"url":"a","timeout":900}', tool))).toEqual({ url: 'a', timeout: 5 })
    expect(withFixedArguments(' {"url": "a"}', catalogTool(declared, undefined))).toBe(' {"url": "a"}')
  })

  it('refuses what it does not know, and fixed arguments without bound', () => {
    expect(CatalogEntry.safeParse({ enable: false }).success).toBe(false)
    expect(CatalogEntry.safeParse({ limits: { timeout_ms: 0 } }).success).toBe(false)
    expect(CatalogEntry.safeParse({ params: { text: 'a'.repeat(5_000) } }).success).toBe(false)
  })

  it.each([
    ['nobody in particular', null, true, true, true],
    ['admins', { roles: ['admin'] }, true, false, false],
    ['one subject', { subjects: ['bea'] }, false, true, false],
    ['nobody', {}, false, false, false],
  ])('that allows %s knows who may use a tool', (_, allowed, admin, bea, unknown) => {
    const tool = catalogTool(declared, stored({ allowed }))
    expect([isAllowedTo(tool, 'ada', 'admin'), isAllowedTo(tool, 'bea', 'member'), isAllowedTo(tool, 'eve', null)]).toEqual([
      admin,
      bea,
      unknown,
    ])
  })
})

describe('Approval rules', () => {
  it('are ordered: the strictest of several wins', () => {
    for (const [i, a] of approvalRules.entries())
      for (const [j, b] of approvalRules.entries()) expect(strictestRule(a, b)).toBe(approvalRules[Math.max(i, j)])
    expect(strictestRule()).toBe('never')
  })
})
