{{- /* Takes a list: root, component. */}}
{{- define "jupyterhub.match" -}}
app: jupyterhub
component: {{ index . 1 }}
release: {{ (index . 0).Release.Name }}
{{- end }}

{{- define "jupyterhub.labels" -}}
{{- $root := index . 0 }}
{{- include "jupyterhub.match" . }}
app.kubernetes.io/name: jupyterhub
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: jupyterhub-{{ $root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "jupyterhub.podLabels" -}}
{{- include "jupyterhub.match" . }}
app.kubernetes.io/name: jupyterhub
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{- define "jupyterhub.core" -}}
tolerations:
{{- range list "hub.jupyter.org/dedicated" "hub.jupyter.org_dedicated" }}
  - { key: {{ . }}, operator: Equal, value: core, effect: NoSchedule }
{{- end }}
{{- $match := .Values.scheduling.corePods.nodeAffinity.matchNodePurpose }}
{{- $purpose := dict "matchExpressions" (list (dict "key" "hub.jupyter.org/node-purpose" "operator" "In" "values" (list "core"))) }}
{{- if eq $match "require" }}
affinity:
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms: {{ list $purpose | toJson }}
{{- else if eq $match "prefer" }}
affinity:
  nodeAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - { weight: 100, preference: {{ $purpose | toJson }} }
{{- end }}
{{- end }}

{{- /* A pod of the same release in this component. Takes a list: root, component. */}}
{{- define "jupyterhub.to" -}}
- podSelector:
    matchLabels:
      {{- include "jupyterhub.match" . | nindent 6 }}
{{- end }}
