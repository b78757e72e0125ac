/** The port between tools and the Worker that calls the web. Types only: a `Result` crosses RPC. */
import type { Result } from '../result.ts'

/** A page to read. The lists of the tenant's workspace apply. */
export interface PageRequest {
  readonly tenant: string
  readonly url: string
  readonly timeoutMs: number
}

/** A page as text. All of it was written by a stranger. */
export interface FetchedPage {
  /** After redirects. */
  readonly url: string
  readonly status: number
  /** Without parameters, such as `text/html`. */
  readonly contentType: string
  /** Empty: the page has none. */
  readonly title: string
  /** HTML as Markdown; other text as it is. */
  readonly text: string
  /** The page is longer than what is read of it. */
  readonly isCut: boolean
}

/** A query for the search engine of the tenant's workspace. */
export interface SearchRequest {
  readonly tenant: string
  readonly query: string
  readonly count: number
}

/** One found page. All of it was written by strangers. */
export interface FoundPage {
  readonly title: string
  readonly url: string
  readonly snippet: string
}

/** Port: what tools see of the web. A refusal is a text for the model. */
export interface WebAccess {
  fetchPage(request: PageRequest): Promise<Result<FetchedPage, string>>
  search(request: SearchRequest): Promise<Result<readonly FoundPage[], string>>
}
