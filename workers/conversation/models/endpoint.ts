/** A model behind an address of a provider. */
import { ModelError } from '../../../shared/model/model.ts'
import type { Source } from './provider-error.ts'

/** An endpoint, its model and its key. */
export interface Endpoint {
  /** Up to and including the version, e.g. `http://localhost:11434/v1`. */
  readonly baseURL: string
  readonly model: string
  /** Empty: no key is sent. */
  readonly apiKey: string
  /** Additional fields of the request, e.g. `temperature`. A `max_tokens` goes under the name that the model knows. */
  readonly options?: Readonly<Record<string, unknown>>
  /** The size of the context window in tokens, for providers that have to be told. */
  readonly contextTokens?: number | undefined
  /** Where the operator or admin sets the address and the key, for error messages. Default: the environment. */
  readonly source?: Source
}

const environment: Source = { address: 'SOMA_MODEL_BASE_URL', key: 'SOMA_MODEL_API_KEY' }

/** Where the address and the key of `endpoint` are set. */
export const sourceOf = ({ source = environment }: Endpoint): Source => source

/** The address of `endpoint`. Throws `ModelError` if it is not usable. */
export function checkedAddress(endpoint: Endpoint): string {
  const { baseURL } = endpoint
  const source = sourceOf(endpoint)
  const url = URL.parse(baseURL)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ModelError(`The address of the model endpoint is not an http address (${source.address}).`)
  if (url.username !== '' || url.password !== '') {
    throw new ModelError(`The address of the model endpoint must not hold a password (${source.address}); use ${source.key}.`)
  }
  return baseURL
}
