/**
 * `npm run conformance:kubernetes`: builds Kubernetes' own API server once, starts it with an etcd of its own on this
 * machine's loopback, and holds the driver to the contract that every other test of it is held to. It is not part of
 * `npm test` because the build takes about ten minutes of one core and two gigabytes of memory.
 */
import process from "node:process";
import { startVitest } from "vitest/node";

process.stdout.write(
  "Builds kube-apiserver and etcd from Kubernetes' source into node_modules/.cache/ichor (minutes, once),\n" +
    "starts both on 127.0.0.1, and runs test/contract/kubernetes-contract.ts against them.\n",
);
const vitest = await startVitest("test", [], {
  config: false,
  watch: false,
  include: ["test/conformance/kube-apiserver/*.test.ts"],
  testTimeout: 60_000,
  hookTimeout: 3_600_000,
});
await vitest.close();
