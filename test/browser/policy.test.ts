/** The policy and audit pages for an owner. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import committed from '../../policy/plan.json' with { type: 'json' }
import { signPolicy } from '../../scripts/stack/policy.ts'
import { developmentSecrets } from '../../scripts/stack/secrets.ts'
import { sign } from '../../scripts/stack/token.ts'
import { at, policyOf, sharedArray } from '../shared/rego/plan-builder.ts'
import { user } from '../support/user.ts'
import { violations } from './axe.ts'
import { setUpBrowser } from './browser-fixture.ts'
import { ask } from './chat.ts'
import { phone } from './chromium.ts'

const fixture = setUpBrowser({ ownStack: true })
const folder = mkdtempSync(join(tmpdir(), 'soma-plan-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Signs in as the owner of `local` and opens `path`. */
async function openAsOwner(path: string, options: Parameters<typeof fixture.newContext>[0] = {}): Promise<Page> {
  const context = await fixture.newContext(options)
  await context.request.post('/v1/auth/dev', { data: {} })
  const page = await context.newPage()
  await page.goto(path)
  return page
}

async function decide(page: Page, resourceOwner: string, shared = ''): Promise<string> {
  await page.getByLabel('Resource owner').fill(resourceOwner)
  await page.getByLabel('Shared with them as').selectOption(shared)
  await page.getByTestId('decide').click()
  await page.getByTestId('explanation').waitFor()
  return (await page.getByTestId('verdict').textContent()) ?? ''
}

describe('The policy page', () => {
  it('shows the active policy and explains a decision', async () => {
    const page = await openAsOwner('/settings/policy')
    await page.getByTestId('policy-in-force').waitFor()
    expect(await page.getByTestId('policy-in-force').textContent()).toMatch(/[0-9a-f]{64}/)
    expect(await decide(page, 'bob')).toBe('Deniednot_permitted')
    const change = page.getByRole('region', { name: 'What would change it' })
    expect(await change.textContent()).toContain('/resource/owner"bob" → "developer"allowed')
    expect(await page.getByRole('region', { name: 'Inputs read' }).textContent()).toContain('/context/relations')
    await page.getByLabel('Shared with them as').selectOption('viewer')
    await page.getByTestId('decide').click()
    await page.getByTestId('verdict').getByText('Allowed').waitFor()
    expect(await page.getByRole('region', { name: 'Rules' }).textContent()).toContain('soma.policy.related')
  })

  it('shows which decisions another policy would change', async () => {
    const page = await openAsOwner('/settings/policy')
    await page.evaluate(() => fetch('/v1/sessions'))
    const file = join(folder, 'plan.json')
    writeFileSync(file, JSON.stringify(committed).replaceAll('{"value":"session.list"}', '{"value":"no.list"}'))
    await page.getByTestId('candidate').setInputFiles(file)
    await expect
      .poll(async () => {
        await page.getByTestId('what-if').click()
        await page.getByTestId('what-if-answer').getByText('decisions').waitFor()
        return page.getByRole('region', { name: 'Differences' }).count()
      })
      .toBe(1)
    expect(await page.getByRole('region', { name: 'Differences' }).textContent()).toContain('session.list')
    writeFileSync(file, '{"no": "plan"}')
    await page.getByTestId('candidate').setInputFiles(file)
    await page.getByTestId('what-if').click()
    await page.getByRole('alert').getByText('contains no plan').waitFor()
  })

  it('says why another policy failed on decisions, and that they count as denied', async () => {
    const page = await openAsOwner('/settings/policy')
    await page.evaluate(() => fetch('/v1/sessions'))
    const file = join(folder, 'failing.json')
    writeFileSync(file, JSON.stringify(policyOf((p) => [...sharedArray(p, 5), ...sharedArray(p, 6), p.equal(at(5), at(6))])))
    await page.getByTestId('candidate').setInputFiles(file)
    await expect
      .poll(async () => {
        await page.getByTestId('what-if').click()
        await page.getByTestId('what-if-answer').getByText('decisions').waitFor()
        return page.getByTestId('what-if-answer').textContent()
      })
      .toMatch(/It failed on \d+ decisions?, which count as denied: .*ran out of fuel/)
  })
})

describe('The audit page', () => {
  it('lists and filters decisions, opens an entry, and verifies the chain', async () => {
    const page = await openAsOwner('/settings/audit')
    await page.evaluate(() => fetch('/v1/sessions/none-such'))
    const table = page.getByTestId('audit')
    await page.getByLabel('Outcome').selectOption('denied')
    await expect
      .poll(async () => {
        await page.getByTestId('filter').click()
        const text = (await table.textContent().catch(() => '')) ?? ''
        return [text.includes('session:none-such'), text.includes('allowed')]
      })
      .toEqual([true, false])
    // An absolute time, not only “just now”.
    expect(await table.locator('time').first().textContent()).toMatch(/\d{4}.*\d:\d\d/)
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await page.setViewportSize({ width: 320, height: 640 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
    await page.setViewportSize({ width: 1280, height: 800 })
    await page
      .getByRole('button', { name: /^Details of entry/ })
      .first()
      .click()
    expect(await page.getByTestId('audit-entry').textContent()).toContain('"hash"')
    await page.getByTestId('verify').click()
    await page
      .getByTestId('chain')
      .getByText(/^Verified \d+ entries/)
      .waitFor()
  })

  it('reports a broken chain', async () => {
    const page = await openAsOwner('/settings/audit')
    await page.getByTestId('verify').waitFor()
    await page.route('**/v1/audit/export', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replace('"outcome":"allowed"', '"outcome":"allowee"') })
    })
    await page.getByTestId('verify').click()
    await page.getByTestId('chain').getByText('The chain is broken').waitFor()
  })

  it('exports the trail unchanged', async () => {
    const page = await openAsOwner('/settings/audit')
    const download = page.waitForEvent('download')
    await page.getByTestId('export-audit').click()
    expect((await download).suggestedFilename()).toBe('audit.ndjson')
  })
})

describe('A conversation that the policy stops', () => {
  /** Loads the project's policy without one action. Resolves when it is active. */
  async function forbid(action: string, revision: number): Promise<void> {
    const { signingKey } = await developmentSecrets()
    const admin = user(fixture.url, await sign(signingKey, { tenant: fixture.tenant, subject: 'root', scopes: 'admin', ttlSeconds: 600 }))
    const plan = JSON.parse(JSON.stringify(committed).replaceAll(`{"value":"${action}"}`, `{"value":"no.${action}"}`))
    const put = await admin.call('PUT', '/v1/policy', await signPolicy({ revision, plan, tests: tests() }, fixture.tenant, signingKey))
    expect([put.status, await put.text()]).toMatchObject([200, expect.any(String)])
    // Longer than an isolate may cache the previous policy.
    await new Promise((done) => setTimeout(done, 2_000))
  }
  const tests = () => [
    {
      input: {
        principal: { id: 'a', tenant: fixture.tenant, roles: ['admin'], scopes: [] },
        action: 'admin.policy.read',
        resource: { tenant: fixture.tenant },
      },
      allow: true,
    },
    { input: {}, allow: false },
  ]

  it('keeps the message and shows the reason beside it', async () => {
    await forbid('model.invoke', 1)
    const { page } = await fixture.visitor()
    await ask(page, 'What is a river?')
    await page.getByText('The policy does not allow').first().waitFor()
    await page.getByText('model.invoke').first().waitFor()
    await forbid('conversation.send', 2)
    await ask(page, 'And a delta?')
    const unsent = page.getByRole('alert').filter({ hasText: 'Not sent' })
    await unsent.getByText('You do not have permission for this.').waitFor()
    // The name of the action is for administrators.
    expect(await unsent.textContent()).not.toContain('conversation.send')
    expect(await page.getByText('And a delta?').count()).toBeGreaterThan(0)
    expect(await violations(page)).toEqual([])
  })
})

describe('Both pages', () => {
  for (const colorScheme of ['light', 'dark'] as const)
    for (const [name, size] of Object.entries({ desktop: {}, phone }))
      it(`pass axe, ${colorScheme} on a ${name}`, async () => {
        const page = await openAsOwner('/settings/policy', { ...size, colorScheme })
        await page.getByTestId('policy-in-force').waitFor()
        await decide(page, 'bob')
        expect(await violations(page)).toEqual([])
        await page.goto('/settings/audit')
        await page.getByTestId('audit').waitFor()
        await page
          .getByRole('button', { name: /^Details of entry/ })
          .first()
          .click()
        expect(await violations(page)).toEqual([])
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(overflow).toBeLessThanOrEqual(0)
      })
})
