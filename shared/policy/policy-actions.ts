/**
 * Every action that a Worker asks the policy for. Requests have no other action, so the compiler finds one that is missing here. A test
 * finds one that nothing asks. The actions that a constitution may restrict follow from the list.
 */
export const askedActions = [
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
  'constitution.read',
  'conversation.read',
  'conversation.reset',
  'conversation.send',
  'memory.delete',
  'memory.recall',
  'memory.write',
  'model.invoke',
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
  'tool.execute',
] as const
export type AskedAction = (typeof askedActions)[number]

/** Actions that no constitution restricts: those of the platform, and those that read or replace a policy or constitution. */
type FreeAction = Extract<
  AskedAction,
  `platform.${string}` | `admin.policy.${string}` | `admin.constitution.${string}` | `constitution.${string}`
>
const free = /^(platform|admin\.policy|admin\.constitution|constitution)\./

export type BoundAction = Exclude<AskedAction, FreeAction>

/** The actions that a rule of a constitution may restrict. */
export const boundActions = askedActions.filter((action): action is BoundAction => !free.test(action))
