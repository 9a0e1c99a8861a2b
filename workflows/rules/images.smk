"""Pinned environments: wheels fetched and hash-checked on the host, then built offline."""


rule image:
    input:
        CONTEXT.sources,
    output:
        "results/images/{environment}.json",
    log:
        "results/logs/images/{environment}.log",
    priority: FIRST
    resources:
        # No parameter: how an image travels is no reason to run everything again.
        share=CONTEXT.options.sharing,
    params:
        engine=CONTEXT.plan.engine,
    shell:
        "python -m workflows.environments.build --engine {params.engine} --share {resources.share}"
        " --environment {wildcards.environment} --output {output}"
        " 2>&1 | python -m workflows.common.keep {log}"


rule images:
    """Build every environment, and share it: --config images=archive, or a registry's address."""
    input:
        CONTEXT.images,
    localrule: True


rule rebuild:
    """Build an environment twice from scratch; fail unless the contents are equal."""
    input:
        CONTEXT.sources,
    output:
        "results/rebuilds/{environment}.json",
    log:
        "results/logs/rebuilds/{environment}.log",
    params:
        engine=CONTEXT.plan.engine,
    shell:
        "python -m workflows.environments.build --twice --engine {params.engine}"
        " --environment {wildcards.environment} --output {output}"
        " 2>&1 | python -m workflows.common.keep {log}"


rule rebuilds:
    input:
        CONTEXT.rebuilds,
    localrule: True
