import { useEffect, useState } from 'react'
import { textFor } from '../../../strings/area.ts'
import { settingsServers } from '../../../strings/settings-servers.ts'

interface Outcome {
  readonly name: string
  readonly server: string | null
}

/** How the sign-in ended from which the browser returned. Null: it did not return from one. */
function outcomeOf(search: string): Outcome | null {
  const query = new URLSearchParams(search)
  const name = query.get('mcp_sign_in')
  return name === null ? null : { name, server: query.get('server') }
}

/** Says once how a sign-in at an MCP server ended. A reload does not say it again. */
export function SignInOutcome() {
  const [outcome] = useState(() => outcomeOf(location.search))
  useEffect(() => {
    if (outcome !== null) history.replaceState(history.state, '', location.pathname)
  }, [outcome])
  if (outcome === null) return null
  const { outcomes } = settingsServers
  const name = outcome.server ?? outcomes.aServer
  const texts = {
    signed_in: outcomes.signed_in({ name }),
    cancelled: outcomes.cancelled({ name }),
    expired: outcomes.expired,
    failed: outcomes.failed({ name }),
  }
  return (
    <p className="notice server-outcome" role="status" data-outcome={outcome.name} data-testid="sign-in-outcome">
      {textFor(texts, outcome.name) ?? texts.failed}
    </p>
  )
}
