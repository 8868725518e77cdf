import type { Command } from "commander";
import { outputOption, type RegisterCommand } from "../command.ts";
import { RULES_EXAMPLE } from "../secrets/rules-example.ts";

/**
 * `ichor secrets …`: encrypted files and the clusters' bundles. What does the work is loaded when it is asked for:
 * most commands need no cryptography.
 */
export const secrets: RegisterCommand = (registration) => {
  const { program, finish } = registration;
  const group = program
    .command("secrets")
    .description("make, bring in, check and re-encrypt the secrets of clusters and sites");
  group
    .command("keygen")
    .description("make an age identity in a file of its own; prints the recipient for .sops.yaml")
    .option("-o, --output <file>", "instead of the file where sops and ichor look by themselves")
    .action(async (options: { readonly output?: string }) => {
      const { makeIdentity } = await import("../secrets/keygen.ts");
      finish(await makeIdentity(registration, { output: options.output }));
    });
  withRules(
    group
      .command("init <cluster...>")
      .description("make the secrets bundle of a new cluster, encrypted by .sops.yaml; never overwrites"),
  ).action(async (names: readonly string[]) => {
    const { initBundles } = await import("../secrets/init.ts");
    finish(await initBundles(registration, names));
  });
  withRules(
    group
      .command("import <cluster> <file>")
      .description(
        "bring in a bundle of talosctl, talhelper or topf, or a control plane's machine configuration",
      )
      .option("--replace", "overwrite the bundle of a cluster that has no machines"),
  ).action(async (cluster: string, file: string, options: { readonly replace?: boolean }) => {
    const { importSecrets } = await import("../secrets/import.ts");
    finish(await importSecrets(registration, { cluster, file, replace: options.replace === true }));
  });
  registerFiles(group, registration);
};

function registerFiles(group: Command, registration: Parameters<RegisterCommand>[0]): void {
  const { finish } = registration;
  group
    .command("ls")
    .description("list encrypted files: recipients, last change, when the first authority ends")
    .addOption(outputOption(["text", "json"]))
    .action(async (options: { readonly output: string }) => {
      const { listFiles } = await import("../secrets/verify.ts");
      finish(await listFiles(registration, options.output));
    });
  group
    .command("verify [names...]")
    .description(
      "check recipients, authenticity, dates and forms of all encrypted files, or of some or of clusters",
    )
    .option("--no-keys", "only what can be seen without a key, as in CI")
    .addOption(outputOption(["text", "json"]))
    .action(
      async (names: readonly string[], options: { readonly keys: boolean; readonly output: string }) => {
        const { verifyFiles } = await import("../secrets/verify.ts");
        finish(await verifyFiles(registration, { names, ...options }));
      },
    );
  group
    .command("rotate [names...]")
    .description("encrypt files or clusters' bundles anew: another data key, the recipients of .sops.yaml")
    .option("--all", "every encrypted file")
    .action(async (names: readonly string[], options: { readonly all?: boolean }) => {
      const { rotateFiles } = await import("../secrets/rewrite.ts");
      finish(await rotateFiles(registration, { names, all: options.all === true }));
    });
  group
    .command("set <file> <pointer>")
    .description(
      "put the value on standard input at a JSON pointer of an encrypted file, which is made if missing",
    )
    .action(async (name: string, pointer: string) => {
      const { setValue } = await import("../secrets/rewrite.ts");
      finish(await setValue(registration, { name, pointer }));
    });
  group
    .command("encrypt <file>")
    .description("encrypt a *.sops.yaml file that stands there in the clear, in place")
    .action(async (name: string) => {
      const { encryptFile } = await import("../secrets/rewrite.ts");
      finish(await encryptFile(registration, name));
    });
}

function withRules(command: Command): Command {
  return command.addHelpText(
    "after",
    `\nTo whom files are encrypted stands in .sops.yaml, for example:\n\n${RULES_EXAMPLE}`,
  );
}
