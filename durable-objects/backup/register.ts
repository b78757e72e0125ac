/** Registers the objects of tenants and subjects in the directory, where a backup finds them. */
import { parseMemoryObjectName, TenantId, tenantDirectoryName } from '../../shared/ids.ts'
import { registerSubject } from '../directory/directory.ts'

/** Registers an object that has its tenant's name. */
export async function registerTenant({ DIRECTORY }: Pick<StateEnv, 'DIRECTORY'>, name: string): Promise<void> {
  const tenant = TenantId.safeParse(name)
  if (tenant.success) await DIRECTORY.getByName(tenantDirectoryName).enter(tenant.data)
}

/** Registers the memory of a subject. */
export async function registerMemory({ DIRECTORY }: Pick<StateEnv, 'DIRECTORY'>, name: string): Promise<void> {
  const owner = parseMemoryObjectName(name)
  if (owner) await registerSubject(DIRECTORY, owner.tenant, owner.subject)
}
