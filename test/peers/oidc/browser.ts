/** The part of a browser that a sign-in needs: redirects, cookies per host, and the provider's forms. */

export interface Visit {
  readonly url: URL
  readonly response: Response
}

export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>()

  cookie(host: string, name: string): string | undefined {
    return this.#cookies.get(host)?.get(name)
  }

  /** The names of the cookies of `host`. */
  cookieNames(host: string): string[] {
    return [...(this.#cookies.get(host)?.keys() ?? [])]
  }

  /** One request with the cookies of its host. Does not follow redirects. */
  async request(url: URL, init: RequestInit = {}): Promise<Response> {
    const jar = this.#cookies.get(url.host) ?? new Map<string, string>()
    this.#cookies.set(url.host, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { ...init.headers, ...(cookie && { cookie }) } })
    for (const setCookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(setCookie) ?? []
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(setCookie)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  /** Follows redirects until a page, or until `stop` accepts the address. */
  async follow(url: URL, init: RequestInit = {}, stop: (url: URL) => boolean = () => false): Promise<Visit> {
    let response = await this.request(url, init)
    let current = url
    for (let hops = 0; hops < 20 && response.headers.has('location'); hops += 1) {
      const next = new URL(response.headers.get('location') ?? '', current)
      if (stop(next)) return { url: next, response }
      current = next
      response = await this.request(current)
    }
    return { url: current, response }
  }

  /** Submits the form of a visited page, with `fields` and its hidden fields. */
  async submit({ url, response }: Visit, fields: Record<string, string>, stop?: (url: URL) => boolean): Promise<Visit> {
    const html = await response.text()
    const [, action = ''] = /<form[^>]*action="([^"]+)"/.exec(html) ?? []
    const hidden = [...html.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([input]) => [
      /name="([^"]*)"/.exec(input)?.[1] ?? '',
      /value="([^"]*)"/.exec(input)?.[1] ?? '',
    ])
    const body = new URLSearchParams([...hidden, ...Object.entries(fields)] as [string, string][])
    return this.follow(new URL(action, url), { method: 'POST', body }, stop)
  }
}
