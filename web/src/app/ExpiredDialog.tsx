import { useState } from 'react'
import type { AuthMethods } from '../../../shared/api/sign-in.ts'
import { CodeForm } from '../mfa/CodeForm.tsx'
import { app } from '../strings/app.ts'
import { Modal } from '../ui/Modal.tsx'
import { SignInMethods } from './SignIn.tsx'

/** Covers the page, which keeps its drafts, scroll position and thread. */
export default function ExpiredDialog({ methods }: { readonly methods: AuthMethods }) {
  const [needsCode, setNeedsCode] = useState(false)
  return (
    <Modal title={app.expired.title} description={app.expired.text} onClose={null} testId="expired-dialog">
      {needsCode ? (
        <CodeForm onBack={() => setNeedsCode(false)} />
      ) : (
        <SignInMethods methods={methods} onCodeNeeded={() => setNeedsCode(true)} />
      )}
    </Modal>
  )
}
