/* eslint-disable */
// Generated from workers/background/wrangler.toml by `npm run generate`.
interface __BaseEnv_BackgroundEnv {
	SOMA_RESIDENCY: string;
	SOMA_LOG_LEVEL: string;
	SOMA_DATABASE_URL: string;
	SOMA_DATABASE_HTTP: string;
	KAFKA_REST_URL: string;
	KAFKA_REST_AUTHORIZATION: string;
	OPA_URL: string;
	OPA_TOKEN: string;
	SESSION: DurableObjectNamespace<import("../../durable-objects/worker").Session>;
	TENANT: DurableObjectNamespace<import("../../durable-objects/worker").Tenant>;
	AUDIT_TRAIL: DurableObjectNamespace<import("../../durable-objects/worker").AuditTrail>;
	ACCOUNTS: DurableObjectNamespace<import("../../durable-objects/worker").Accounts>;
	MEMORY: DurableObjectNamespace<import("../../durable-objects/worker").Memory>;
}
declare namespace Cloudflare {
	interface GlobalProps {
		mainModule: typeof import("./worker");
	}
	interface Env extends __BaseEnv_BackgroundEnv {}
}
interface BackgroundEnv extends __BaseEnv_BackgroundEnv {}
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