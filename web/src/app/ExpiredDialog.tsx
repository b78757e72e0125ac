import { useState } from 'react'
import type { AuthMethods } from '../../../shared/api/sessions.ts'
import { CodeForm } from '../mfa/CodeForm.tsx'
import { Modal } from '../ui/Modal.tsx'
import { SignInWays } from './SignIn.tsx'

/** Laid over the page, not in its place: drafts, scroll and thread stay as they were. */
export default function ExpiredDialog({ methods }: { readonly methods: AuthMethods }) {
  const [asked, setAsked] = useState(false)
  return (
    <Modal
      title="You were signed out"
      description="Sign in again to carry on. What you wrote is still here."
      onClose={null}
      testId="expired-dialog"
    >
      {asked ? <CodeForm onBack={() => setAsked(false)} /> : <SignInWays methods={methods} onAsked={() => setAsked(true)} />}
    </Modal>
  )
}
