/** A rule file that fits ichor's folders, for help and messages. */
export const RULES_EXAMPLE = `creation_rules:
  - path_regex: ^(inventory|clusters)/.*\\.sops\\.yaml$
    # certificates stay readable, so that everybody can check whose they are and when they end
    encrypted_regex: ^(key|token|secret|id|bootstraptoken|secretboxencryptionsecret|aescbcencryptionsecret|username|password)$
    age:
      - age1...  # each person, each site's applier, one recovery key that is kept offline
`;
