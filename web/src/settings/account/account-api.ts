/** Requests of the account page. */
import { transport } from '../../state/transport.ts'

/** Signs out on every device. No identity provider's page follows. */
export const signOutEverywhere = (): Promise<null> => transport('POST', '/v1/auth/sign-out-everywhere').then(() => null)
