/* eslint-disable */
// Generated from durable-objects/wrangler.toml by `npm run generate`.
interface __BaseEnv_StateEnv {
	FILES: R2Bucket;
	CONVERSATION_INBOUND: Queue;
	AUDIT_RELAY: Queue;
	OUTBOUND_RELAY: Queue;
	OUTBOUND_MEMORY: Queue;
	OUTBOUND_TOPICS: Queue;
	SOMA_RESIDENCY: string;
	SOMA_LOG_LEVEL: string;
	SOMA_LEASE_MS: string;
	SOMA_CONSUMERS: string;
	SOMA_AUDIT_KEEP_DAYS: string;
	SOMA_AUDIT_MAX_MB: string;
	OPENFGA_URL: string;
	OPENFGA_TOKEN: string;
	SOMA_SCANNER_URL: string;
	SOMA_SCANNER_TOKEN: string;
	SOMA_SCANNER_FAIL: string;
	SOMA_ISSUER_ROOT_KEYS: string;
	SESSION: DurableObjectNamespace<import("./worker").Session>;
	HOME: DurableObjectNamespace<import("./worker").Home>;
	DIRECTORY: DurableObjectNamespace<import("./worker").Directory>;
	TENANT: DurableObjectNamespace<import("./worker").Tenant>;
	ISSUER: DurableObjectNamespace<import("./worker").Issuer>;
	LIMITER: DurableObjectNamespace<import("./worker").Limiter>;
	AUDIT_TRAIL: DurableObjectNamespace<import("./worker").AuditTrail>;
	ACCOUNTS: DurableObjectNamespace<import("./worker").Accounts>;
	MEMORY: DurableObjectNamespace<import("./worker").Memory>;
	RELATIONS: DurableObjectNamespace<import("./worker").Relationships>;
	ATTACHMENTS: DurableObjectNamespace<import("./worker").Attachments>;
	UPLOADS: DurableObjectNamespace<import("./worker").ResumableUpload>;
	RUNNER: Service<typeof import("../workers/conversation/worker").TurnRunner>;
	EXECUTOR: Service<typeof import("../workers/tools/worker").ToolExecutor>;
}
declare namespace Cloudflare {
	interface GlobalProps {
		mainModule: typeof import("./worker");
		durableNamespaces: "Session" | "Home" | "Directory" | "Tenant" | "Issuer" | "Limiter" | "AuditTrail" | "Accounts" | "Memory" | "Relationships" | "Attachments" | "ResumableUpload";
	}
	interface Env extends __BaseEnv_StateEnv {}
}
interface StateEnv extends __BaseEnv_StateEnv {}
declare module "*.txt" {
	const value: string;
	export default value;
}
declare module "*.html" {
	const value: string;
	export default value;
}
declare module "*.sql" {
	const value: string;
	export default value;
}
declare module "*.bin" {
	const value: ArrayBuffer;
	export default value;
}
declare module "*.wasm" {
	const value: WebAssembly.Module;
	export default value;
}
declare module "*.wasm?module" {
	const value: WebAssembly.Module;
	export default value;
}