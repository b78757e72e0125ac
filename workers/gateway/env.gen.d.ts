/* eslint-disable */
// Generated from wrangler.toml by `npm run generate`.
interface __BaseEnv_GatewayEnv {
	FILES: R2Bucket;
	ASSETS: Fetcher;
	SOMA_RESIDENCY: string;
	SOMA_LOG_LEVEL: string;
	SOMA_PUBLIC_URL: string;
	SOMA_CORS_ORIGINS: string;
	SOMA_ISSUER: string;
	SOMA_AUDIENCE: string;
	SOMA_RATE_LIMITS: string;
	SOMA_ADDRESS_HEADER: string;
	UPSTASH_REDIS_REST_URL: string;
	UPSTASH_REDIS_REST_TOKEN: string;
	SOMA_DEV_SIGN_IN: string;
	SOMA_OPERATOR_KEYS: string;
	SOMA_DEV_HOSTS: string;
	SOMA_TRUSTED_ISSUERS: string;
	SOMA_OIDC_ISSUER: string;
	SOMA_OIDC_CLIENT_ID: string;
	SOMA_OIDC_CLIENT_SECRET: string;
	SOMA_OIDC_CLIENT_AUTH: string;
	SOMA_OIDC_NAME: string;
	SOMA_OIDC_TENANT: string;
	SOMA_OIDC_TENANT_CLAIM: string;
	SOMA_OIDC_TENANTS: string;
	SOMA_OIDC_SIGN_OUT: string;
	SOMA_POLICY_KEYS: string;
	OPA_URL: string;
	OPA_TOKEN: string;
	SESSION: DurableObjectNamespace<import("../../durable-objects/worker").Session>;
	HOME: DurableObjectNamespace<import("../../durable-objects/worker").Home>;
	DIRECTORY: DurableObjectNamespace<import("../../durable-objects/worker").Directory>;
	TENANT: DurableObjectNamespace<import("../../durable-objects/worker").Tenant>;
	ISSUER: DurableObjectNamespace<import("../../durable-objects/worker").Issuer>;
	LIMITER: DurableObjectNamespace<import("../../durable-objects/worker").Limiter>;
	ACCOUNTS: DurableObjectNamespace<import("../../durable-objects/worker").Accounts>;
	AUDIT_TRAIL: DurableObjectNamespace<import("../../durable-objects/worker").AuditTrail>;
	MEMORY: DurableObjectNamespace<import("../../durable-objects/worker").Memory>;
	ATTACHMENTS: DurableObjectNamespace<import("../../durable-objects/worker").Attachments>;
	UPLOADS: DurableObjectNamespace<import("../../durable-objects/worker").ResumableUpload>;
	BACKGROUND: Service<typeof import("../background/worker").Relay>;
	VAULT: Service<typeof import("../conversation/worker").Vault>;
	MODEL_DESK: Service<typeof import("../conversation/worker").ModelDesk>;
	TOOLS: Service<typeof import("../tools/worker").ToolCatalog>;
	MCP: Service<typeof import("../connectors/worker").McpConnector>;
	SANDBOX: Service<typeof import("../sandbox/worker").PolicySandbox>;
}
declare namespace Cloudflare {
	interface GlobalProps {
		mainModule: typeof import("./worker");
	}
	interface Env extends __BaseEnv_GatewayEnv {}
}
interface GatewayEnv extends __BaseEnv_GatewayEnv {}
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