CREATE TABLE "audit_log" (
	"tenant" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"kind" text NOT NULL,
	"subject" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"outcome" text NOT NULL,
	"body" text NOT NULL,
	"prev" text NOT NULL,
	"hash" text NOT NULL,
	CONSTRAINT "audit_log_tenant_seq_pk" PRIMARY KEY("tenant","seq")
);
--> statement-breakpoint
CREATE TABLE "policy_audit" (
	"tenant" text NOT NULL,
	"seq" bigint NOT NULL,
	"at" bigint NOT NULL,
	"subject" text NOT NULL,
	"action" text NOT NULL,
	"target" text NOT NULL,
	"allowed" boolean NOT NULL,
	"reasons" jsonb NOT NULL,
	"policy_revision" bigint NOT NULL,
	"policy_hash" text NOT NULL,
	CONSTRAINT "policy_audit_tenant_seq_pk" PRIMARY KEY("tenant","seq")
);
--> statement-breakpoint
CREATE INDEX "audit_log_by_subject" ON "audit_log" USING btree ("tenant","subject","seq");--> statement-breakpoint
CREATE INDEX "policy_audit_by_action" ON "policy_audit" USING btree ("tenant","action","seq");