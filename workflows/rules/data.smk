"""Data sets: brought from the first source that has them, accepted by their digests alone."""


rule data:
    output:
        "results/data/{dataset}.json",
    params:
        source=lambda wildcards: CONTEXT.source(wildcards.dataset),
    log:
        "results/logs/data/{dataset}.log",
    shell:
        "{PYTHON} -m workflows.data.{wildcards.dataset} --folder .cache/data/{wildcards.dataset}"
        " --manifest {output} {params.source} 2>&1 | tee {log}"
