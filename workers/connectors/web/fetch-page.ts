/** Reads a page of the web as text: HTML becomes Markdown. Its size, its time and its types are bounded. */
import { HtmlToMarkdown, type MarkdownPage } from '../../../shared/lib/html-markdown.ts'
import { getOutward, type OutwardNetwork, type OutwardResponse } from '../../../shared/net/outward-fetch.ts'
import { fail, ok, type Result } from '../../../shared/result.ts'
import type { FetchedPage, PageRequest } from '../../../shared/tool/web-access.ts'

/** Read of one page, after decompression. Bytes. */
const maxBytes = 2_000_000
/** Text of one page, in UTF-16 units. It leaves room for the tool's own words in a result. */
const maxUnits = 60_000

const headers = {
  accept: 'text/html, application/xhtml+xml, text/*;q=0.9, application/json;q=0.9, application/xml;q=0.8',
  'user-agent': 'soma-edge (agent)',
}

const htmlTypes = ['text/html', 'application/xhtml+xml']
const textType = /^text\/[\w.+-]+$|^application\/(?:[\w.-]+\+)?(?:json|xml)$|^application\/(?:javascript|x-ndjson|yaml|toml)$/
/** What the runtime decodes by itself. */
const encodings = ['', 'identity', 'gzip', 'br']

/** The page, or why it cannot be read, in words for the model. */
export async function fetchPage(
  { url, timeoutMs }: Pick<PageRequest, 'url' | 'timeoutMs'>,
  network: OutwardNetwork,
): Promise<Result<FetchedPage, string>> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const got = await getOutward(url, headers, network, signal)
    return got.ok ? await readPage(got.value) : got
  } catch {
    return fail(signal.aborted ? `The page did not arrive within ${timeoutMs / 1_000} s.` : 'The page cannot be reached.')
  }
}

async function readPage({ url, response }: OutwardResponse): Promise<Result<FetchedPage, string>> {
  const [contentType = '', ...parameters] = (response.headers.get('content-type') ?? '').toLowerCase().split(';')
  const type = contentType.trim()
  const encoding = (response.headers.get('content-encoding') ?? '').trim().toLowerCase()
  const isHtml = htmlTypes.includes(type)
  if (!isHtml && !textType.test(type)) {
    await response.body?.cancel()
    return fail(`The page is ${type === '' ? 'of no stated type' : type.slice(0, 100)}, which cannot be read as text.`)
  }
  if (!encodings.includes(encoding)) {
    await response.body?.cancel()
    return fail('The page is compressed in a way that cannot be read.')
  }
  const charset = /charset="?([\w.:-]{1,40})/.exec(parameters.join(';'))?.[1]
  const { title, markdown, isCut } = await textOf(response, isHtml ? new HtmlToMarkdown(url, maxUnits) : new PlainText(), charset)
  return ok({ url: url.href, status: response.status, contentType: type, title, text: markdown, isCut })
}

/** Text that needs no conversion. */
class PlainText {
  #text = ''

  get isFull(): boolean {
    return this.#text.length >= maxUnits
  }

  write(text: string): void {
    this.#text += text
  }

  end(): MarkdownPage {
    return { title: '', markdown: this.#text.slice(0, maxUnits), isCut: this.isFull }
  }
}

async function textOf(response: Response, page: HtmlToMarkdown | PlainText, charset: string | undefined): Promise<MarkdownPage> {
  const reader = response.body?.getReader()
  if (!reader) return page.end()
  const decoder = decoderFor(charset)
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read()
    if (done) {
      page.write(decoder.decode())
      return page.end()
    }
    bytes += value.length
    page.write(decoder.decode(value, { stream: true }))
    if (bytes > maxBytes || page.isFull) {
      // The sender may go on for ever. Nobody waits for it.
      reader.cancel().catch(() => {})
      return { ...page.end(), isCut: true }
    }
  }
}

/** An unknown charset is read as UTF-8, as most pages are. */
function decoderFor(charset = 'utf-8'): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
