/** Requests of the account page. */
import type { OwnInstructions } from '../../../../shared/api/own-instructions.ts'
import { transport } from '../../state/transport.ts'

/** Signs out on every device. No identity provider's page follows. */
export const signOutEverywhere = (): Promise<null> => transport('POST', '/v1/auth/sign-out-everywhere').then(() => null)

export const getOwnInstructions = async (): Promise<OwnInstructions> => (await transport('GET', '/v1/me/instructions')).json()
export const putOwnInstructions = async (instructions: string): Promise<OwnInstructions> =>
  (await transport('PUT', '/v1/me/instructions', { body: { instructions } })).json()
