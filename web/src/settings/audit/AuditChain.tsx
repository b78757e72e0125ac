import { ShieldCheck, ShieldX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { type ChainHead, ChainVerifier } from '../../../../shared/audit/chain.ts'
import { toUserError } from '../../state/user-error.ts'
import { auditLines } from '../policy/policy-api.ts'

type Verified =
  | { readonly kind: 'not yet' }
  | { readonly kind: 'under way'; readonly seq: number }
  | { readonly kind: 'whole'; readonly link: ChainHead; readonly start: ChainHead }
  | { readonly kind: 'broken'; readonly what: string }

const counted = new Intl.NumberFormat()
/** Entries between two progress updates. */
const progressStep = 500

/** Verifies the hash chain in the browser, over the exported entries. */
export function AuditChain({ head }: { readonly head: ChainHead }) {
  const [verified, setVerified] = useState<Verified>({ kind: 'not yet' })
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])

  const verify = async () => {
    const controller = new AbortController()
    running.current = controller
    setVerified({ kind: 'under way', seq: 0 })
    try {
      const chain = new ChainVerifier()
      let sawHead = head.seq === 0
      for await (const line of auditLines(controller.signal)) {
        const violation = chain.next(line)
        const { link } = chain
        if (violation !== null) return setVerified({ kind: 'broken', what: `Entry ${link.seq + 1} ${violation}.` })
        if (link.seq === head.seq) {
          sawHead = true
          if (link.hash !== head.hash) return setVerified({ kind: 'broken', what: `Entry ${link.seq} is not the one it was.` })
        }
        if (link.seq % progressStep !== 0) continue
        setVerified({ kind: 'under way', seq: link.seq })
        // Yields to the event loop, so that the page stays responsive.
        await new Promise((resolve) => setTimeout(resolve))
      }
      const { link, start } = chain
      const violation = chain.end()
      if (violation !== null) return setVerified({ kind: 'broken', what: `It ${violation}.` })
      setVerified(
        sawHead ? { kind: 'whole', link, start } : { kind: 'broken', what: `It ends at entry ${link.seq}, and there were ${head.seq}.` },
      )
    } catch (error) {
      if (!controller.signal.aborted) setVerified({ kind: 'broken', what: `It could not be read: ${toUserError(error).detail}` })
    }
  }
  return (
    <div className={`audit-chain ${verified.kind}`}>
      {verified.kind === 'broken' ? <ShieldX aria-hidden /> : <ShieldCheck aria-hidden />}
      <p role="status" data-testid="chain">
        {words(verified, head)}
      </p>
      <button
        type="button"
        className="button small"
        disabled={verified.kind === 'under way'}
        onClick={() => void verify()}
        data-testid="verify"
      >
        Verify
      </button>
    </div>
  )
}

function words(verified: Verified, head: ChainHead): string {
  switch (verified.kind) {
    case 'not yet':
      return `${counted.format(head.seq)} entries. Their chain was not verified yet.`
    case 'under way':
      return `Verifying… ${counted.format(verified.seq)} of ${counted.format(head.seq)}`
    case 'whole':
      return `Verified ${counted.format(verified.link.seq - verified.start.seq)} entries${verified.start.seq > 0 ? `; ${counted.format(verified.start.seq)} before them were pruned` : ''}. The last hash is ${verified.link.hash.slice(0, 12)}…`
    case 'broken':
      return `The chain is broken. ${verified.what}`
  }
}
