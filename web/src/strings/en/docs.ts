/** The API reference, beside the server's own description. */
export const docs = {
  title: 'API reference',
  loading: 'Loading the reference…',
  tryAgain: 'Try again',
  version: ({ version }: { readonly version: string }) => `Version ${version}`,
  empty: 'This server describes no operations.',
  navigation: 'Operations',
  back: 'Back to chat',
  contents: 'Contents',
  parameters: 'Parameters',
  body: 'Body',
  responses: 'Responses',
  emptyResponse: 'No body',
  copyCurl: ({ operation }: { readonly operation: string }) => `Copy curl for ${operation}`,
  required: 'required',
  fields: 'Fields',
  general: 'General',
  limits: {
    atMost: ({ value }: { readonly value: string }) => `at most ${value}`,
    atLeast: ({ value }: { readonly value: string }) => `at least ${value}`,
    characters: ({ value }: { readonly value: string }) => `${value} characters`,
  },
} as const
