/* eslint-disable */
// Generated from workers/conversation/wrangler.toml by `npm run generate`.
interface __BaseEnv_ConversationEnv {
	FILES: R2Bucket;
	SOMA_RESIDENCY: string;
	SOMA_LOG_LEVEL: string;
	SOMA_MODEL_BASE_URL: string;
	SOMA_MODEL: string;
	SOMA_MODEL_API_KEY: string;
	SOMA_LOOPBACK_MODELS: string;
	SOMA_MODEL_PORTS: string;
	SOMA_NETWORK_CHECK: string;
	SA01_CRYPTO_FERNET_KEY: string;
	SOMA_RECALL_MS: string;
	SOMA_MODEL_FIRST_TOKEN_MS: string;
	SOMA_MODEL_BETWEEN_TOKENS_MS: string;
	SOMA_MODEL_KEEP_ALIVE_MS: string;
	SOMA_BUILTIN_WORD_MS: string;
	OPA_URL: string;
	OPA_TOKEN: string;
	SOMA_ROOT_KEYS: string;
	SESSION: DurableObjectNamespace<import("../../durable-objects/worker").Session>;
	TENANT: DurableObjectNamespace<import("../../durable-objects/worker").Tenant>;
	LIMITER: DurableObjectNamespace<import("../../durable-objects/worker").Limiter>;
	ACCOUNTS: DurableObjectNamespace<import("../../durable-objects/worker").Accounts>;
	AUDIT_TRAIL: DurableObjectNamespace<import("../../durable-objects/worker").AuditTrail>;
	MEMORY: DurableObjectNamespace<import("../../durable-objects/worker").Memory>;
	ATTACHMENTS: DurableObjectNamespace<import("../../durable-objects/worker").Attachments>;
	DOCUMENTS: Service<typeof import("../documents/worker").DocumentText>;
	TOOLS: Service<typeof import("../tools/worker").ToolCatalog>;
}
declare namespace Cloudflare {
	interface GlobalProps {
		mainModule: typeof import("./worker");
	}
	interface Env extends __BaseEnv_ConversationEnv {}
}
interface ConversationEnv extends __BaseEnv_ConversationEnv {}
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