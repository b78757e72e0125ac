/** Requests about second factors and the user's own sign-ins. */
import type { MfaSecret, MfaState, MfaVerified, RecoveryCodes, SignInRules } from '../../../shared/api/mfa.ts'
import type { OwnSignIn, OwnSignIns } from '../../../shared/api/sign-in.ts'
import { transport } from '../state/transport.ts'

const mfaPath = '/v1/me/mfa'

export const getMfa = async (): Promise<MfaState> => (await transport('GET', mfaPath)).json()
export const beginMfa = async (code?: string): Promise<MfaSecret> =>
  (await transport('POST', mfaPath, { body: code === undefined ? {} : { code } })).json()
/** Resolves to the recovery codes of a new second factor; null when the code confirmed an existing one. */
export const verifyMfa = async (code: string): Promise<readonly string[] | null> =>
  ((await (await transport('POST', `${mfaPath}/verify`, { body: { code } })).json()) as MfaVerified).recovery_codes
export const renewCodes = async (code: string): Promise<readonly string[]> =>
  ((await (await transport('POST', `${mfaPath}/recovery-codes`, { body: { code } })).json()) as RecoveryCodes).recovery_codes
export const disableMfa = async (code: string): Promise<void> => void (await transport('POST', `${mfaPath}/disable`, { body: { code } }))

export const resetMfa = async (subject: string): Promise<void> =>
  void (await transport('DELETE', `/v1/users/${encodeURIComponent(subject)}/mfa`))
export const getRules = async (): Promise<SignInRules> => (await transport('GET', '/v1/sign-in-rules')).json()
export const putRules = async (rules: SignInRules): Promise<SignInRules> =>
  (await transport('PUT', '/v1/sign-in-rules', { body: rules })).json()

/** All pages. A user has at most 50 sign-ins by each method. */
export async function listSignIns(): Promise<readonly OwnSignIn[]> {
  const signIns: OwnSignIn[] = []
  for (let path: string | null = '/v1/me/sign-ins?limit=100'; path !== null; ) {
    const { sign_ins, next } = (await (await transport('GET', path)).json()) as OwnSignIns
    signIns.push(...sign_ins)
    path = next === null ? null : `/v1/me/sign-ins?limit=100&after=${encodeURIComponent(next)}`
  }
  return signIns
}
export const endSignIn = async (id: string): Promise<void> => void (await transport('DELETE', `/v1/me/sign-ins/${encodeURIComponent(id)}`))
export const endOtherSignIns = async (): Promise<void> => void (await transport('DELETE', '/v1/me/sign-ins'))
