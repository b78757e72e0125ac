import { describe, expect, it } from 'vitest'
import { CatalogEntryView, PutCatalogEntry } from '../../shared/api/tools.ts'
import { CatalogEntry } from '../../shared/tool/catalog.ts'
import { draftOf, entryOf, paramsOf } from '../../web/src/settings/tools/tool-draft.ts'

const view = (entry: Partial<CatalogEntryView> = {}) =>
  CatalogEntryView.parse({
    name: 'echo',
    version: 3,
    updated_at: null,
    updated_by: null,
    ...CatalogEntry.parse({}),
    ...entry,
    breaker: { state: 'closed', failures: 0, retry_at: null },
    declared: {
      description: 'Says it.',
      parameters: {},
      effect: 'none',
      approval: 'never',
      scopes: [],
      limits: { timeout_ms: 10_000, output_units: 1_000 },
    },
  })

describe('The form of a tool', () => {
  it('states the entry that it was made from, changed or not', () => {
    const changed = view({
      enabled: false,
      description: 'Says it again.',
      approval: 'ask',
      limits: { timeout_ms: 2_500, output_units: 400 },
      allowed: { roles: ['admin'], subjects: ['ada', 'grace'] as never },
      scopes: ['tools:echo'],
      params: { text: 'x' },
    })
    for (const tool of [view(), changed]) {
      const {
        name: _,
        updated_at: __,
        updated_by: ___,
        declared: ____,
        breaker: _____,
        ...entry
      } = tool as CatalogEntryView & { readonly breaker?: unknown }
      expect(PutCatalogEntry.parse(entryOf(draftOf(tool), tool))).toEqual(entry)
    }
  })

  it('reads lists with any separators, and seconds as milliseconds', () => {
    const draft = { ...draftOf(view()), users: 'some', subjects: 'ada,\n grace  bob', scopes: 'a:b, c:d', timeoutSeconds: '0.5' } as const
    expect(entryOf(draft, view())).toMatchObject({
      allowed: { roles: [], subjects: ['ada', 'grace', 'bob'] },
      scopes: ['a:b', 'c:d'],
      limits: { timeout_ms: 500, output_units: null },
      version: 3,
    })
  })

  it('states nothing with fixed arguments that are no JSON object', () => {
    for (const text of ['{', '[1]', 'null', '"x"', '1']) {
      expect(paramsOf(text)).toBeNull()
      expect(entryOf({ ...draftOf(view()), params: text }, view())).toBeNull()
    }
    expect(paramsOf(' ')).toEqual({})
  })
})
