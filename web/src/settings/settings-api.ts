/** Requests about a tenant's settings. Responses are not validated: they come from our own server. */
import type { BudgetReport } from '../../../shared/api/budgets.ts'
import type { PutCredential, RotatedDataKey } from '../../../shared/api/credentials.ts'
import type { EndpointStates } from '../../../shared/api/models.ts'
import type { ProbeResult, ProfileView, SettingsHistory, SettingsView } from '../../../shared/api/settings.ts'
import type { CredentialView, ModelProfile, SettingsChange } from '../../../shared/settings/settings.ts'
import { transport } from '../state/transport.ts'

const part = encodeURIComponent

const json = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
  (await transport(method, path, body === undefined ? {} : { body })).json()

export const getSettings = (): Promise<SettingsView> => json('GET', '/v1/settings')
export const putSettings = (version: number, sections: SettingsChange): Promise<SettingsView> =>
  json('PUT', '/v1/settings', { version, ...sections })
export const getHistory = (): Promise<SettingsHistory> => json('GET', '/v1/settings/history?limit=20')
export const putProfile = (name: string, profile: ModelProfile): Promise<ProfileView> =>
  json('PUT', `/v1/settings/models/${part(name)}`, { profile })
export const tryProfile = (name: string): Promise<ProbeResult> => json('POST', `/v1/settings/models/${part(name)}/test`)
export const removeProfile = async (name: string): Promise<void> => void (await transport('DELETE', `/v1/settings/models/${part(name)}`))
export const putCredential = (provider: string, key: PutCredential): Promise<CredentialView> =>
  json('PUT', `/v1/llm/credentials/${part(provider)}`, key)
export const removeCredential = async (provider: string): Promise<void> =>
  void (await transport('DELETE', `/v1/llm/credentials/${part(provider)}`))
export const rotateDataKey = (): Promise<RotatedDataKey> => json('POST', '/v1/settings/data-key/rotate')
export const getModelEndpoints = (): Promise<EndpointStates> => json('GET', '/v1/model-endpoints')
export const getBudgets = (): Promise<BudgetReport> => json('GET', '/v1/budgets')
