"""Reprise: which PyTorch training setups reproduce, bit for bit? A table of contents.

experiment (config/) -> plan -> images, data -> runs -> matrix -> report -> publication
"""

import gc

from snakemake.utils import min_version

min_version("9.0")
gc.freeze()  # what Snakemake has imported stays to the end: not to be looked through again

if not workflow.configfiles:

    configfile: "config/config.yaml"


include: "workflows/rules/common.smk"
include: "workflows/rules/images.smk"
include: "workflows/rules/data.smk"
include: "workflows/rules/runs.smk"
include: "workflows/rules/differences.smk"
include: "workflows/rules/ablation.smk"
include: "workflows/rules/cures.smk"
include: "workflows/rules/costs.smk"
include: "workflows/rules/matrix.smk"
include: "workflows/rules/report.smk"
include: "workflows/rules/publication.smk"


rule all:
    default_target: True
    input:
        CONTEXT.runs.outputs,
        "results/matrix.json",
        "results/report.html",
        CONTEXT.pictures,
        "results/campaign.json",
        "results/summary.txt",
    localrule: True
