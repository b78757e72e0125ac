/** Requests of the account page. */
import { transport } from '../../state/transport.ts'

export const signOutEverywhere = async (): Promise<void> => void (await transport('POST', '/v1/auth/sign-out-everywhere'))
