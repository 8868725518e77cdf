import type { Command } from "commander";
import type { RegisterCommand } from "../command.ts";
import type { CredentialRequest } from "../secrets/credentials.ts";

/** `ichor talosconfig CLUSTER`: access to the machines of a cluster for some hours. */
export const talosconfigCommand: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  withTerms(
    program
      .command("talosconfig <cluster>")
      .description("print a talosconfig that ends soon, for talosctl; recorded in audit/<cluster>.jsonl")
      .option("--role <role...>", "what it may do: os:reader, os:operator, os:etcd:backup, os:admin …", [
        "os:reader",
      ]),
  ).action(async (cluster: string, options: Terms & { readonly role: readonly string[] }) => {
    const { talosconfig } = await import("../secrets/credentials.ts");
    finish(await talosconfig(registration, { ...requestOf(cluster, options), roles: options.role }));
  });
};

/** `ichor kubeconfig CLUSTER`: access to the Kubernetes API of a cluster for some hours. */
export const kubeconfigCommand: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  withTerms(
    program
      .command("kubeconfig <cluster>")
      .description("print a kubeconfig that ends soon, for kubectl; recorded in audit/<cluster>.jsonl")
      .option("--user <name>", "the name that Kubernetes sees; default: the one it is for")
      .option("--group <group...>", "what RBAC binds rights to", ["system:masters"]),
  ).action(
    async (
      cluster: string,
      options: Terms & { readonly user?: string; readonly group: readonly string[] },
    ) => {
      const { kubeconfig } = await import("../secrets/credentials.ts");
      const request = { ...requestOf(cluster, options), user: options.user, groups: options.group };
      finish(await kubeconfig(registration, request));
    },
  );
};

interface Terms {
  readonly ttl: string;
  readonly for?: string;
}

function withTerms(command: Command): Command {
  return command
    .option("--ttl <time>", "how long it is valid, as in 30m, 12h or 7d", "12h")
    .option("--for <who>", "who it is for, as the ledger records it; default: git's user.email");
}

function requestOf(cluster: string, { ttl, for: holder }: Terms): CredentialRequest {
  return { cluster, ttl, for: holder };
}
