/** When a call waits for a user's approval. Pure. */
import { z } from 'zod'

/** The rules, the weakest first. */
export const approvalRules = ['never', 'once', 'ask', 'always'] as const

/** When a call of a tool waits for an approval. */
export const ApprovalRule = z.enum(approvalRules).meta({
  description:
    '`never`: calls run at once. `once`: the first approval in a conversation counts for its later calls too. `ask`: each call waits, unless the user chose "always" for the conversation. `always`: each call waits',
})
export type ApprovalRule = z.infer<typeof ApprovalRule>

/** The strictest of several rules. */
export const strictestRule = (...rules: readonly ApprovalRule[]): ApprovalRule =>
  rules.reduce((a, b) => (approvalRules.indexOf(a) > approvalRules.indexOf(b) ? a : b), 'never')
