import { expect, onTestFinished, test } from "vitest";
import { kubernetesContract } from "../contract/kubernetes-contract.ts";
import { nodeObject } from "./kubernetes-objects.ts";
import { startKubernetesd } from "./kubernetesd.ts";

/** Our driver against Kubernetes' own types; `npm run conformance:kubernetes` is the same against the whole server. */
kubernetesContract("Kubernetes' own types", startKubernetesd);

test("Kubernetes' own types refuse fields that they do not have, in whatever we send", async () => {
  const cluster = await startKubernetesd();
  onTestFinished(() => cluster.stop());
  const node = nodeObject({ name: "w0", ready: true, kubelet: "v1.36.3", address: "10.201.0.5" });
  await cluster.put(node);
  await expect(cluster.put({ ...node, spec: { unschedulabel: true } })).rejects.toThrow(
    'unknown field "spec.unschedulabel"',
  );
  await expect(cluster.put({ ...node, spec: { unschedulable: "yes" } })).rejects.toThrow("unschedulable");
});
