/**
 * Every action that a Worker asks the policy about. Requests have no other action, so the compiler finds a missing one. A test finds an
 * unused one. The actions that a constitution may restrict follow from the list.
 */
export const policyActions = [
  'account.read',
  'account.update',
  'admin.audit.export',
  'admin.audit.read',
  'admin.constitution.update',
  'admin.constitution.validate',
  'admin.policy.explain',
  'admin.policy.read',
  'admin.policy.update',
  'admin.relations.read',
  'admin.relations.update',
  'admin.roles.update',
  'admin.tenant.update',
  'admin.users.read',
  'admin.users.update',
  'attachment.delete',
  'attachment.read',
  'attachment.write',
  'constitution.read',
  'conversation.read',
  'conversation.reset',
  'conversation.send',
  'memory.delete',
  'memory.recall',
  'memory.write',
  'model.invoke',
  'persona.read',
  'persona.update',
  'platform.backup',
  'platform.keys.read',
  'platform.keys.update',
  'platform.read',
  'platform.restore',
  'relation.check',
  'relation.read',
  'relation.write',
  'session.cancel',
  'session.delete',
  'session.export',
  'session.fork',
  'session.import',
  'session.list',
  'session.read',
  'session.share',
  'session.steer',
  'session.update',
  'settings.read',
  'settings.update',
  'tool.approve',
  'tool.catalog.read',
  'tool.catalog.update',
  'tool.execute',
  'workdir.read',
  'workdir.write',
] as const

/** An action that the policy decides. */
export type PolicyAction = (typeof policyActions)[number]

/** Actions that no constitution restricts: those of the platform, and those that read or replace a policy or constitution. */
type UnrestrictableAction = Extract<
  PolicyAction,
  `platform.${string}` | `admin.policy.${string}` | `admin.constitution.${string}` | `constitution.${string}`
>
const unrestrictable = /^(platform|admin\.policy|admin\.constitution|constitution)\./

/** An action that a constitution may restrict. */
export type RestrictableAction = Exclude<PolicyAction, UnrestrictableAction>

/** The actions that a rule of a constitution may restrict. */
export const restrictableActions = policyActions.filter((action): action is RestrictableAction => !unrestrictable.test(action))
