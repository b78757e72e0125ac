/** Requests about a tenant's settings. Answers are not validated: they come from our own server. */
import type { CredentialView, ModelProfile, Settings, SettingsChange } from '../../../shared/settings/settings.ts'
import { transport } from '../state/transport.ts'

const part = encodeURIComponent

export interface SettingsView {
  readonly version: number
  readonly settings: Settings
  readonly credentials: readonly CredentialView[]
}

export interface HistoryEntry {
  readonly version: number
  readonly at: number
  readonly subject: string
  readonly changes: readonly { readonly pointer: string; readonly before?: unknown; readonly after?: unknown }[]
}

export interface ProbeResult {
  readonly ok: boolean
  readonly ms: number
  readonly detail: string
}

export interface BudgetLine {
  readonly limit: number
  readonly used: number
  readonly reserved: number
}
export interface Budget {
  readonly tokens: BudgetLine
  readonly money: BudgetLine
}
export interface Today {
  readonly day: string
  readonly resets_at: number
  readonly currency: string
  readonly tenant: Budget
  readonly personas: readonly (Budget & { readonly persona_id: string })[]
}

const json = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
  (await transport(method, path, body === undefined ? {} : { body })).json()

export const getSettings = (): Promise<SettingsView> => json('GET', '/v1/settings')
export const putSettings = (version: number, sections: SettingsChange): Promise<SettingsView> =>
  json('PUT', '/v1/settings', { version, ...sections })
export const getHistory = (): Promise<{ changes: readonly HistoryEntry[] }> => json('GET', '/v1/settings/history?limit=20')
export const putProfile = (name: string, profile: ModelProfile): Promise<unknown> =>
  json('PUT', `/v1/settings/models/${part(name)}`, { profile })
export const tryProfile = (name: string): Promise<ProbeResult> => json('POST', `/v1/settings/models/${part(name)}/test`)
export const removeProfile = async (name: string): Promise<void> => void (await transport('DELETE', `/v1/settings/models/${part(name)}`))
export const putCredential = (provider: string, key: { secret: string; origin?: string }): Promise<CredentialView> =>
  json('PUT', `/v1/llm/credentials/${part(provider)}`, key)
export const removeCredential = async (provider: string): Promise<void> =>
  void (await transport('DELETE', `/v1/llm/credentials/${part(provider)}`))
export const rotateDataKey = (): Promise<{ resealed: number }> => json('POST', '/v1/settings/data-key/rotate')
export const getBudgets = (): Promise<Today> => json('GET', '/v1/budgets')
