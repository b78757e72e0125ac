/** What a user reads on the card of a call that waits for a sign-in. Pure. */
export const signInText = (server: string): string =>
  `Sign in again: the server ${server} wants a sign-in. An admin signs in under Settings, Tools. Approve the call afterwards.`
